"""`tfvae request` against a server on loopback: what it writes is what the client answers."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.cli import program
from tests.models import LATENT, digits
from tests.serving.served import conditional, vae
from tfvae import pictures
from tfvae_cli import images

X = digits()[:6]


@pytest.fixture
def ask(url, tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder. Returns (status, output, errors)."""
    monkeypatch.chdir(tmp_path)

    def asked(*arguments, model="digits"):
        status = program.run("request", f"{url}/{model}", *arguments)
        return status, *capsys.readouterr()

    return asked


def picture(path):
    with Image.open(path) as image:
        return np.asarray(image)


def shown(drawn, columns=None):
    return pictures.grid(drawn, columns, images.zoom(drawn, columns))[..., 0]


def close(path, expected):
    """Grey levels may round the other way where a float does."""
    assert np.abs(picture(path).astype(int) - expected.astype(int)).max() <= 1


def files(count=3):
    for number, image in enumerate(X[:count]):
        Image.fromarray(image[..., 0]).save(f"{number}.png")
    return [f"{number}.png" for number in range(count)]


def test_what_is_served(ask, url):
    status, out, err = ask()
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [f"digits at {url}", "version 1  AVAILABLE"]
    assert "encode(x uint8 [n, 8, 8, 1]) -> mean float32 [n, 3], stddev float32 [n, 3]" in lines


def test_generate(ask):
    assert ask("generate", "--count", "5", "--seed", "3", "--temperature", "0.5") == (0, "samples.png\n", "")
    expected = vae().sample(5, temperature=0.5, seed=3).numpy()
    close("samples.png", shown(expected))
    assert ask("generate", "--count", "5", "--seed", "3", "--temperature", "0.5", "--output", "a/s.npy")[0] == 0
    np.testing.assert_allclose(np.load("a/s.npy"), expected, atol=1e-5)


def test_generate_of_a_label(ask):
    assert ask("generate", "--count", "4", "--condition", "7", "--output", "s.npz", model="labelled")[0] == 0
    expected = conditional().sample(4, np.full(4, 7), seed=0)
    np.testing.assert_allclose(np.load("s.npz")["mean"], expected, atol=1e-5)


def test_encode_and_decode_again(ask):
    assert ask("encode", *files()) == (0, "latents.npz\n", "")
    posterior = vae().encode(X[:3])
    with np.load("latents.npz") as found:
        np.testing.assert_allclose(found["mean"], posterior.mean(), atol=1e-5)
        np.testing.assert_allclose(found["stddev"], posterior.stddev(), atol=1e-5)
    assert ask("decode", "latents.npz") == (0, "decoded.png\n", "")
    close("decoded.png", shown(vae().decode(posterior.mean()).mean().numpy()))
    np.save("z.npy", np.zeros((2, *LATENT)))
    assert ask("decode", "z.npy", "--output", "d.npz")[0] == 0
    with np.load("d.npz") as found:
        assert sorted(found) == ["mean", "stddev"]


def test_reconstruct_images_and_an_array(ask):
    expected = shown(pictures.beside(X[:3], vae()(X[:3]).numpy()), 2)
    assert ask("reconstruct", *files()) == (0, "reconstructions.png\n", "")
    close("reconstructions.png", expected)
    np.savez("x.npz", images=X[:3], labels=np.arange(3))
    assert ask("reconstruct", "x.npz", "--overwrite")[0] == 0
    close("reconstructions.png", expected)


def test_an_array_with_its_conditions(ask):
    labels = np.array([1, 2, 3])
    np.savez("x.npz", x=X[:3], condition=labels)
    assert ask("encode", "x.npz", model="labelled")[0] == 0
    with np.load("latents.npz") as found:
        np.testing.assert_allclose(found["mean"], conditional().encode(X[:3], labels).mean(), atol=1e-5)


ROWS = {
    "a signature": (["sampel"], ["Unknown signature 'sampel'", "generate, decode"]),
    "a model": ([], ["serves no model 'nothing'", "Correct the name"], "nothing"),
    "no file": (["encode"], ["encode needs a FILE: images"]),
    "a file that is not there": (["encode", "a.png"], [r"a.png: there is no such file"]),
    "a file for nothing": (["generate", "0.png"], ["0.png doesn't apply to generate"]),
    "an option for nothing": (["decode", "z.npy", "--count", "3"], ["--count 3 doesn't apply to decode"]),
    "a seed without a signature": (["--seed", "3"], ["--seed 3 doesn't apply without a signature"]),
    "an output that exists": (["generate", "--output", "z.npy"], ["z.npy exists", "--overwrite"]),
    "a default that exists": (["reconstruct", "0.png"], ["reconstructions.png exists", "--overwrite"]),
    "an output of another kind": (["generate", "--output", "a.jpg"], ["--output a.jpg", "*.png or *.npz or *.npy"]),
    "a picture of latents": (["encode", "0.png", "--output", "a.png"], ["--output a.png", "*.npz or *.npy"]),
    "no image": (["encode", "text.png"], ["text.png: no image that can be read"]),
    "no array": (["decode", "text.npy"], ["text.npy is no NumPy file"]),
    "pictures of latents": (["decode", "0.png"], ["decode takes one array of latents"]),
    "arrays of other names": (["decode", "ab.npz"], ["ab.npz has the arrays a, b", "latent or mean"]),
    "latents of another size": (["decode", "long.npy"], ["`latent`", "[n, 3]", "(2, 4)"]),
    "NaN": (["decode", "nan.npy"], ["`latent`", "NaN or infinity in row 1"]),
    "a condition for nothing": (["generate", "--condition", "3"], ["no `condition`"]),
    "no condition": (["generate"], ["needs `condition`"], "labelled"),
    "a count of 0": (["generate", "--count", "0"], ["--count", "1 or more"]),
    "a deadline of 0": (["--deadline", "0"], ["`deadline`", "above 0"]),
    "a version": (["generate", "--model-version", "7"], ["no version 7", "It serves: 1"]),
}


@pytest.mark.parametrize("name", ROWS)
def test_bad_input_is_one_line(name, ask, tmp_path):
    arguments, said, *model = ROWS[name]
    files(1)
    for file in ("text.png", "text.npy", "reconstructions.png"):
        (tmp_path / file).write_text("text")
    np.save("z.npy", np.zeros((2, 3)))
    np.save("long.npy", np.zeros((2, 4)))
    np.save("nan.npy", np.array([[0.0, 1, 2], [0, np.nan, 0]]))
    np.savez("ab.npz", a=np.zeros(3), b=np.zeros(3))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    status, out, err = ask(*arguments, **({"model": model[0]} if model else {}))
    assert (status, out, err.count("\n")) == (2, "", 1), err
    for part in said:
        assert part in err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_score_is_printed(ask, monkeypatch):
    scores = np.array([-10.0, -20.0, -30.5], "float32")
    monkeypatch.setattr("tfvae_client.Client.score", lambda client, x, num_samples, seed, condition: scores[: len(x)])
    said = "log p(x) = -20.17 +- 5.92 nats, 3 images, 7 draws of z each\n"
    assert ask("score", *files(), "--num-samples", "7") == (
        0,
        f"0.png  -10.00\n1.png  -20.00\n2.png  -30.50\n{said}",
        "",
    )
    np.save("x.npy", X[:3])
    assert ask("score", "x.npy", "--num-samples", "7", "--output", "s.npy") == (0, f"{said}s.npy\n", "")
    np.testing.assert_array_equal(np.load("s.npy"), scores)


def test_p_values_stand_beside_the_scores(ask, connect):
    np.savez("x.npz", x=X[:3], condition=np.array([1, 2, 3]))
    asked = ("--num-samples", "5", "--output", "s.npz")
    assert ask("score", "x.npz", *asked, model="labelled")[::2] == (0, "")
    p = connect("labelled").p_values(X[:3], 0, np.array([1, 2, 3]))
    with np.load("s.npz") as found:
        np.testing.assert_array_equal(found["p_value"], p)
    one = ask("score", *files(1), "--condition", "1", "--num-samples", "5", model="labelled")[1]
    assert f"  p = {p[0]:.3g}\n" in one


@pytest.mark.parametrize("address", ["localhost:8501", "http://localhost:8501", "ftp://localhost/digits", "digits"])
def test_what_is_no_address(address, capsys):
    assert program.run("request", address) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "http://" in err


def test_a_server_that_is_down_is_one_line(capsys):
    assert program.run("request", "http://localhost:1/digits", "--deadline", "0.2") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "Start it, or correct the address" in err


# Runs command lines in one process; prints whether that imported what takes seconds.
RUNNER = """
import json, sys
from tfvae_cli.main import main
statuses = [main(arguments) for arguments in json.loads(sys.argv[1])]
slow = [name for name in ("keras", "tensorflow", "tfvae", "tensorflow_serving") if name in sys.modules]
print(json.dumps([statuses, slow]))
"""


def test_nothing_loads_tensorflow(url, tmp_path):
    lines = [["request", f"{url}/digits"], ["request", f"{url}/digits", "generate"], ["request", f"{url}/other"]]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps(lines)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [[0, 0, 2], []]
    assert (tmp_path / "samples.png").is_file()


def test_the_path_of_curl_is_an_address_too(ask, url, capsys):
    assert program.run("request", f"{url}/v1/models/digits") == 0
    assert capsys.readouterr().out.startswith(f"digits at {url}\n")
