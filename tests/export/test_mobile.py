"""The code of docs/mobile.md."""

import pathlib
import re

import pytest

from tfvae import data, export, recipes

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "mobile.md"


@pytest.mark.slow
def test_the_python_of_the_document_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "digits").mkdir(parents=True)
    vae = recipes.vae((8, 8, 1), 16)
    vae.compile()
    vae.fit(data.digits("train")[0][:256], verbose=0)
    vae.save("runs/digits/model.keras")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), flags=re.S):
        exec(compile(block, DOCUMENT.name, "exec"), names)
    assert (names["image"].shape, names["image"].dtype) == ((1, 8, 8, 1), "uint8")
    assert len(export.verify("litert")["files"]) == 12
    assert capsys.readouterr().out.count("| `") == 12
