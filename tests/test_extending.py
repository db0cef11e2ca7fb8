"""docs/extending.md says what is true: its code runs, keeps the contracts, and is as long as it says."""

import ast
import pathlib
import re

import pytest

from tests.contracts import run_model_test
from tests.models import make
from tfvae import data

PAGE = (pathlib.Path(__file__).resolve().parent.parent / "docs" / "extending.md").read_text()
PART, _, TESTS, RECIPE, *_ = BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)


def _run(*blocks):
    names = {"__name__": "tfvae.families.rayleigh"}
    for block in blocks:
        exec(compile(block, "docs/extending.md", "exec"), names)
    return names


def test_the_code_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = _run(*BLOCKS)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()
    for name in ("Rayleigh", "rayleigh_vae"):
        call, answer = re.search(r">>> (.+)\n *(.+)", names[name].__doc__).groups()
        assert repr(eval(call, names)) == answer


@pytest.mark.slow
def test_the_part_of_the_page_keeps_the_contract_of_models(tmp_path):
    rayleigh = _run(PART)["Rayleigh"]
    run_model_test(lambda: make(likelihood=rayleigh((8, 8, 1)), preprocessing=data.Rescale(offset=1 / 510)), tmp_path)


def _code(block):
    """Returns the number of lines of classes and functions that are no docstring, comment or blank."""
    tree = ast.parse(block)
    definitions = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    said = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            said |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = block.splitlines()
    numbers = {number for node in definitions for number in range(node.lineno, node.end_lineno + 1)} - said
    return sum(bool(lines[number - 1].strip()) and not lines[number - 1].strip().startswith("#") for number in numbers)


def _lines(block):
    """Returns the number of lines that aren't blank."""
    return sum(bool(line.strip()) for line in block.splitlines())


def test_the_page_counts_right():
    rows = dict(re.findall(r"^\| ([\w' ]+) \| .*? \| ([\d\w, ]+) \|$", PAGE, flags=re.M))
    recipe = RECIPE[RECIPE.index("def ") :]
    assert rows["the part"] == f"{_lines(PART)}, of which {_code(PART)} are code"
    assert rows["its mathematics"] == str(_lines(TESTS))
    assert rows["the recipe"] == f"{_lines(recipe)}, of which {_code(recipe)} are code"
