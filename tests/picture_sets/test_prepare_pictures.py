"""The program that makes sets of pictures, and the folders that it leaves."""

import collections
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from scripts.picture_sets import packages, three_folders
from tests.data.loading import load
from tests.picture_sets import fonts
from tests.picture_sets.test_emoji import picture
from tests.picture_sets.test_photographs import photograph

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "prepare_pictures"


def run(*arguments, path=None):
    environment = os.environ if path is None else {**os.environ, "PATH": str(path)}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)


@pytest.fixture
def font(tmp_path):
    fonts.write(tmp_path / "font.ttf", {0x1F900 + number: picture(number) for number in range(40)})
    return tmp_path / "font.ttf"


def test_emoji_in_a_folder_that_load_reads(font, tmp_path):
    folder = tmp_path / "sets" / "emoji"
    answer = run("emoji", folder, "--font", font, "--size", 24, "--background", "#ffcc00")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert answer.stdout.splitlines()[0] == f"32 train, 4 validation, 4 test in {folder}"
    assert answer.stdout.splitlines()[1] == f"Train on them with: tfvae train --dataset {folder} --recipe image_vae"
    seen = [load(folder, split) for split in three_folders.SPLITS]
    assert [info.num_examples for _, _, info in seen] == [32, 4, 4]
    images = np.concatenate([images for images, _, _ in seen])
    assert images.shape == (40, 24, 24, 3)
    assert len({image.tobytes() for image in images}) == 40
    np.testing.assert_array_equal(images[:, 0, 0], np.broadcast_to([255, 204, 0], [40, 3]))
    assert [*folder.parent.iterdir()] == [folder]


def test_photographs_in_a_folder_that_load_reads(tmp_path):
    (tmp_path / "own").mkdir()
    for number in range(6):
        photograph(number).save(tmp_path / "own" / f"{number}.jpg")
    answer = run("photographs", tmp_path / "made", "--source", tmp_path / "own", "--count", 60, "--size", 16)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("40 train, 10 validation, 10 test in ")
    images, _, _ = load(tmp_path / "made", "all")
    assert images.shape == (60, 16, 16, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["emoji", "made", "--font", "nowhere.ttf"], "nowhere.ttf is no font"),
        (["emoji", "full", "--font", "nowhere.ttf"], "full exists already. Delete it"),
        (["emoji", "made", "--background", "sky"], "--background: expected a colour"),
        (["photographs", "made", "--source", "nowhere"], "no photographs .* in nowhere"),
        (["photographs", "made", "--count", "0"], "--count: expected a positive number. Received: 0"),
        (["photographs", "made", "--seed", "-1"], "--seed: expected 0 or more"),
        (["emoji", "made", "--size", "0"], "--size: expected a positive number. Received: 0"),
        (["pictures", "made"], "invalid choice"),
    ],
)
def test_what_is_wrong_is_one_line_and_no_folder(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.png").write_bytes(b"x")
    answer = run(*arguments)
    assert answer.returncode == 2
    assert answer.stdout == ""
    line = answer.stderr.splitlines()[-1]
    assert line.startswith("prepare_pictures")
    assert re.search(message, line)
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def program(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_without_the_package_and_without_apt_the_error_names_it(tmp_path):
    (tmp_path / "bin").mkdir()
    answer = run("emoji", tmp_path / "made", path=tmp_path / "bin")
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert "Debian package fonts-noto-color-emoji is not installed, and there is no apt-get" in line
    assert not (tmp_path / "made").exists()


def test_a_package_that_cannot_be_downloaded(tmp_path, monkeypatch):
    program(tmp_path / "bin", "apt-get", "exit 100")
    program(tmp_path / "bin", "dpkg-deb", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ValueError, match=r"could not be downloaded. Install it: .*apt-get install wallpapers"):
        with packages.files("wallpapers", "/usr/share", (".jpg",)):
            pass


def test_a_package_is_taken_as_installed_or_as_downloaded(tmp_path, monkeypatch):
    (tmp_path / "installed").mkdir()
    for name in ("b.jpg", "a.jpg", "c.txt"):
        (tmp_path / "installed" / name).write_bytes(b"x")
    (tmp_path / "installed" / "d.jpg").symlink_to(tmp_path / "installed" / "a.jpg")
    listed = "\n".join(f"echo {path}" for path in sorted((tmp_path / "installed").iterdir()))
    program(tmp_path / "bin", "dpkg-query", listed)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with packages.files("wallpapers", str(tmp_path / "installed"), (".jpg",)) as found:
        assert [path.name for path in found] == ["a.jpg", "b.jpg"]
    # Now as one that isn't installed.
    program(tmp_path / "bin", "dpkg-query", "exit 1")
    program(tmp_path / "bin", "apt-get", '[ "$1 $2" = "download wallpapers" ] && touch wallpapers_1_all.deb')
    program(tmp_path / "bin", "dpkg-deb", "mkdir -p package/usr/share && echo x > package/usr/share/e.jpg")
    with packages.files("wallpapers", "/usr/share", (".jpg",)) as found:
        (path,) = found
        assert path.read_text() == "x\n"
    assert not path.exists()
    with pytest.raises(ValueError, match=r"wallpapers holds no files .png"):
        with packages.files("wallpapers", "/usr/share", (".png",)):
            pass


def test_a_group_is_in_one_split_and_the_parts_are_nearly_exact():
    generator = np.random.default_rng(0)
    groups = {f"group{number}": int(size) for number, size in enumerate(generator.geometric(0.3, 400))}
    groups["large"] = sum(groups.values()) // 3
    assigned = three_folders.assign(groups, 0.1)
    totals = collections.Counter()
    for name, size in groups.items():
        totals[assigned[name]] += size
    for split in ("validation", "test"):
        assert abs(totals[split] / sum(groups.values()) - 0.1) < 0.002
    assert assigned["large"] == "train"
    # Whatever the order in which they are found.
    assert three_folders.assign(dict(reversed(groups.items())), 0.1) == assigned
    # Few and large ones: none of the three is empty.
    for sizes in ([5, 5, 5], [100, 1, 1], [1, 90, 90, 90]):
        few = three_folders.assign({f"{number}": size for number, size in enumerate(sizes)}, 0.1)
        assert set(few.values()) == set(three_folders.SPLITS)


def test_a_set_appears_whole_or_not_at_all(tmp_path):
    def pictures():
        yield "train", "a", Image.new("RGB", (4, 4))
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        three_folders.write(tmp_path / "made", pictures())
    assert [*tmp_path.iterdir()] == []
