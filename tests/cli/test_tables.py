"""Tables on the command line: trained on, drawn, filled, and what is there left as it is."""

import csv
import json
import tomllib

import numpy as np
import pytest

from tests.cli import program
from tfvae import load_model


def write(path, count=60):
    rng = np.random.default_rng(0)
    rows = [
        [
            f"p{k}",
            20 + k % 40,
            f"{1.5 + k / 100:.3f}0",
            ("Ulm", "Bonn")[k % 2],
            ("low", "high")[k // 3 % 2],
            f"2020-01-{1 + k % 28:02d}",
        ]
        for k in range(count)
    ]
    for row in rows:
        for place in range(1, 6):
            if rng.random() < 0.2:
                row[place] = ""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["name", "age", "height in m", "town", "grade", "since"], *rows])
    return path


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    path = write(folder / "people.csv")
    kinds = 'dataset.kinds.grade={part="Ordinal", words=["low", "high"]}'
    given = ("--set", 'dataset.without=["name"]', "--set", kinds, "--epochs", "2")
    return path, program.train(folder / "run", "--dataset", path, *given)


def test_a_run_of_a_table_says_what_it_is_of(people):
    path, run = people
    config = tomllib.loads((run / "config.toml").read_text())
    assert config["model"] == {"recipe": "table_iwae", "latent_size": 2}
    assert config["dataset"]["name"] == str(path)
    vae = load_model(run / "model.keras")
    assert [type(column).__name__ for column in vae.preprocessing.columns.values()] == [
        *("Integer", "Numeric", "Categorical", "Ordinal", "Date")
    ]


def test_rows_are_drawn(people, tmp_path, capsys):
    _, run = people
    assert program.run("sample", run, "--count", "12", "--output", tmp_path / "new.csv", "--seed", "1") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'new.csv'}\n"
    rows = read(tmp_path / "new.csv")
    assert len(rows) == 12
    assert list(rows[0]) == ["age", "height in m", "town", "grade", "since"]
    assert all(row["age"].lstrip("-").isdigit() and row["grade"] in ("low", "high") for row in rows)
    assert all(row["since"][:2] in ("19", "20") and len(row["since"]) == 10 for row in rows)
    assert len({row["height in m"] for row in rows}) == 12
    assert program.run("sample", run, "--count", "3", "--output", tmp_path / "new.parquet") == 0
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(tmp_path / "new.parquet").num_rows == 3


def test_gaps_are_filled_and_the_rest_is_as_it_was(people, tmp_path, capsys):
    _, run = people
    path, output = write(tmp_path / "people.csv"), tmp_path / "filled.csv"
    path.write_text(path.read_text().replace("Ulm", "Kiel", 1))  # a word that training hadn't
    assert program.run("impute", run, path, "--output", output, "--num-samples", "50", "--intervals") == 0
    before, after = read(path), read(output)
    gaps = sum(cell == "" for row in before for cell in row.values())
    assert f"60 rows, {gaps} cells filled" in capsys.readouterr().out
    for old, new in zip(before, after, strict=True):
        for name, cell in old.items():
            if name == "height in m" and cell:
                assert float(new[name]) == float(cell)
            elif cell:
                assert new[name] == cell
            assert new[name] != ""
            ends = [new.get(f"{name} {end}", "") for end in ("low", "high")]
            number = name in ("age", "height in m", "since")
            assert all(end != "" for end in ends) == (number and cell == "")
        assert new["age"].lstrip("-").isdigit()
        if old["age"] == "":
            assert int(new["age low"]) <= int(new["age"]) <= int(new["age high"])
    drawn = [tmp_path / f"{seed}.csv" for seed in (1, 2)]
    for seed, each in enumerate(drawn):
        assert program.run("impute", run, path, "--output", each, "--num-samples", "50", "--draw", "--seed", seed) == 0
    assert read(drawn[0]) != read(drawn[1])


@pytest.mark.slow
def test_other_commands_take_a_run_of_a_table(people, tmp_path, capsys):
    path, run = people
    for command in ("evaluate", "score"):
        assert program.run(command, run, "--num-samples", "5") == 0
    capsys.readouterr()
    for command in (("evaluate", run, "--samples", "12"), ("reconstruct", run), ("vary", run)):
        assert program.run(*command) == 2
        assert "table" in capsys.readouterr().err
    assert program.run("encode", run, "--output", tmp_path / "latents.npz") == 0
    assert program.run("export", run, "--format", "tf_saved_model", "--output", tmp_path / "served") == 0
    write(path.with_name("others.csv"), 30)
    assert (
        program.run(
            "score",
            run,
            "--dataset",
            path.with_name("others.csv"),
            "--num-samples",
            "5",
            "--output",
            tmp_path / "s.csv",
        )
        == 0
    )
    assert 1 <= len(read(tmp_path / "s.csv")) < 30


@pytest.mark.slow
def test_a_report_leaves_out_what_is_of_pictures(people):
    _, run = people
    assert program.run("report", run, "--num-samples", "5", "--examples", "8", "--quiet") == 0
    found = json.loads((run / "report.json").read_text())
    assert "row of a table" in json.dumps(found)
    assert "<html" in (run / "report.html").read_text()
