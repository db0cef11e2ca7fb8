"""docs/serving.md shows what works: its commands and programs, run against the server on loopback."""

import pathlib
import re
import shlex
import shutil
import subprocess

import pytest
from PIL import Image

from tests.cli import program
from tests.models import digits

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "serving.md").read_text()


@pytest.fixture
def page(_loopback, backend, tmp_path, monkeypatch):
    """The page with the addresses of the server, in a folder with two images."""
    monkeypatch.chdir(tmp_path)
    for name, image in zip(("a.png", "b.png"), digits(), strict=False):
        Image.fromarray(image[..., 0]).resize((20, 20)).save(name)
    text = PAGE.replace("http://localhost:8501", _loopback["http"])
    return text.replace("grpc://localhost:8500", _loopback["grpc"])


def commands(page, name):
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", page, flags=re.S)).splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith(name)]


def test_the_commands(page, tmp_path):
    requests = commands(page, "tfvae request")
    assert len(requests) == 5
    for _, *arguments in requests:
        assert program.run(*arguments) == 0
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"a.png", "b.png", "samples.png", "reconstructions.png", "latents.npz", "decoded.png"}


def test_the_program(page, capsys):
    (block,) = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    names = {}
    exec(compile(block, "serving.md", "exec"), names)
    assert names["images"].shape == names["again"].shape == names["decoded"].mean.shape == (16, 8, 8, 1)
    assert capsys.readouterr().out.startswith("decode(latent float32 [n, 3]) -> mean")


def test_curl(page):
    if shutil.which("curl") is None:
        pytest.skip("curl is not there")
    asked = commands(page, "curl")
    assert len(asked) == 3
    for command, key in zip(asked, ("model_version_status", "metadata", "outputs"), strict=True):
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        assert f'"{key}"' in answer


def test_every_method_is_in_the_table():
    from tfvae_client import Client

    named = set(re.findall(r"^\| `(\w+)|`, `(\w+)\(\)` \|", PAGE, flags=re.M))
    public = {name for name in vars(Client) if not name.startswith("_")} - {"close"}
    assert public <= {name for pair in named for name in pair}
