"""Bad input, in tables: what is given, and what the error says of it: the argument, what was expected, the fix."""

import pathlib
import shutil

import pytest

from tests.errors import (
    bounds,
    broken,
    classes,
    copying,
    datasets,
    estimators,
    family_arguments,
    files,
    kinds,
    levels,
    measures,
    modalities,
    models,
    network_arguments,
    parts,
    prior_arguments,
    tables,
    term_arguments,
    training,
    use,
)

TABLES = {
    "parts": parts.ROWS,
    "family": family_arguments.ROWS,
    "prior": prior_arguments.ROWS,
    "term": term_arguments.ROWS,
    "network": network_arguments.ROWS,
    "classes": classes.ROWS,
    "levels": levels.ROWS,
    "data": datasets.ROWS,
    "training": training.ROWS,
    "use": use.ROWS,
    "measures": measures.ROWS,
    "copying": copying.ROWS,
    "bounds": bounds.ROWS,
    "given": kinds.ROWS,
    "files": files.ROWS,
    "modalities": modalities.ROWS,
    "estimators": estimators.ROWS,
    "tables": tables.ROWS,
}
ROWS = {f"{table}: {name}": tried for table, rows in TABLES.items() for name, tried in rows.items()}


def tree():
    return {path: path.read_bytes() if path.is_file() else None for path in pathlib.Path().rglob("*")}


@pytest.mark.parametrize("name", ROWS)
def test_the_error_says_what_is_wrong(name, tmp_path, monkeypatch):
    tried = ROWS[name]
    monkeypatch.chdir(tmp_path)
    for needed in (models.model, broken.saved):
        needed()
    if tried.given is not None:
        tried.given()
    before = tree()
    with pytest.raises(tried.error) as caught:
        tried.act()
    message = str(caught.value)
    assert len(message) < 650, message
    assert "Arguments received by" not in message
    assert len(message.splitlines()) == 1, message
    for pattern in tried.said:
        assert caught.match(pattern)
    assert tree() == before
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_the_table_is_long():
    assert len(ROWS) >= 270
