"""What answers at once: without TensorFlow, whatever is typed."""

import inspect
import json
import os
import subprocess
import sys

import pytest

from tests.cli import program
from tfvae import recipes
from tfvae_cli import parser

COMMANDS = (
    *("train", "evaluate", "doctor", "report", "sample", "reconstruct", "vary", "encode", "fit-prior", "score"),
    *("impute", "sweep", "export", "request", "explore", "recipes", "datasets"),
)
SLOW = ("keras", "numpy", "tensorflow", "tensorflow_probability", "tfvae")

# Runs command lines in one process; prints [[status, output, errors], ...] and which slow modules that imported.
_RUNNER = """
import contextlib, io, json, sys
from tfvae_cli.main import main
results = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(arguments)
        except SystemExit as end:
            status = end.code
    results.append([status, out.getvalue(), err.getvalue()])
print(json.dumps([results, [name for name in json.loads(sys.argv[2]) if name in sys.modules]]))
"""

HELP = [["--help"], [], ["--version"], *([command, "--help"] for command in COMMANDS)]
LISTS = [["recipes"], ["recipes", "--names"], *(["recipes", name] for name in recipes.__all__)]
COMPLETION = [["--print-completion", shell] for shell in ("bash", "zsh")]
MISTYPED = [
    ["tran"],
    ["train", "--epoch", "3"],
    ["train", "--recipe", "betavae"],
    ["train", "--epochs", "0"],
    ["train", "--set", "model.beta"],
    ["train"],
    ["train", "nothing.toml"],
    ["train", "--resume", "--output", "nothing"],
    ["sweep", "--latent-size", "2", "x"],
    ["sweep", "--dataset", "digits"],
    ["sample"],
    ["sample", "nothing"],
    ["evaluate", "nothing.keras"],
    ["report"],
    ["report", "nothing", "--examples", "0"],
    ["export", "nothing", "--format", "onnx"],
    ["explore"],
    ["explore", "nothing"],
    ["explore", "nothing", "--port", "65536"],
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """{command line: [status, output, errors]} of all above, and the slow modules that they imported."""
    lines = [*HELP, *LISTS, *COMPLETION, *MISTYPED]
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER, json.dumps(lines), json.dumps(SLOW)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path_factory.mktemp("empty"),
        env={"PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "120"},
    )
    results, imported = json.loads(done.stdout)
    return dict(zip(map(tuple, lines), results, strict=True)), imported


def test_nothing_slow_is_imported(answers):
    assert answers[1] == []


@pytest.mark.parametrize("line", HELP, ids=" ".join)
def test_help(answers, line):
    status, out, err = answers[0][tuple(line)]
    assert (status, err) == (0, "")
    for command in COMMANDS if line in ([], ["--help"]) else line[:1]:
        assert command in out or line == ["--version"]


def test_every_argument_has_help():
    (commands,) = (action for action in parser.make()._actions if action.dest == "command")
    assert tuple(sorted(commands.choices)) == tuple(sorted(COMMANDS))
    for command in commands.choices.values():
        assert [action.dest for action in command._actions if not action.help] == []


@pytest.mark.parametrize("line", MISTYPED, ids=" ".join)
def test_mistyped_is_one_line(answers, line):
    status, out, err = answers[0][tuple(line)]
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("tfvae")
    assert ": error: " in err


def test_names_of_recipes_are_those_of_the_module(answers):
    status, out, err = answers[0]["recipes", "--names"]
    assert (status, err) == (0, "")
    assert sorted(out.splitlines()) == sorted(recipes.__all__)


@pytest.mark.parametrize("name", recipes.__all__)
def test_a_recipe_is_explained_by_its_docstring(answers, name):
    status, out, _ = answers[0]["recipes", name]
    assert status == 0
    first, *_ = getattr(recipes, name).__doc__.splitlines()
    assert out.startswith(first)
    assert ">>>" not in out
    default = inspect.signature(getattr(recipes, name)).parameters["latent_size"].default
    assert f"model.latent_size = {default}" in out


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_knows_commands_flags_and_recipes(answers, shell, tmp_path):
    status, script, err = answers[0]["--print-completion", shell]
    assert (status, err) == (0, "")
    for word in (*COMMANDS, "--latent-size", "--shard-size", *recipes.__all__):
        assert word in script
    if shell == "bash":
        path = tmp_path / "completion"
        path.write_text(script)
        subprocess.run(["bash", "-n", path], check=True)


def test_names_of_datasets(capsys, tmp_path):
    assert program.run("datasets", "--names", "--data-dir", tmp_path) == 0
    assert capsys.readouterr().out == "digits\nsprites\n"
    assert program.run("datasets", "--data-dir", tmp_path) == 0
    assert "1,797 handwritten digits" in capsys.readouterr().out
