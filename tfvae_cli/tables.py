"""CSV and Parquet files as datasets: rows of columns of several kinds, any of whose cells may be missing."""

import csv
import pathlib

from tfvae_cli import config as config_file
from tfvae_cli import parts
from tfvae_cli.problem import Problem, one_line, unknown

#: Suffixes of the files that are tables.
SUFFIXES = (".csv", ".parquet")
#: The recipe where none is named.
RECIPE = "table_iwae"
#: Default number of examples per batch.
BATCH_SIZE = 128
_KEYS = ("name", "batch_size", "kinds", "without")
# The last table that was read, under what it was read by: a training asks for it four times.
_READ = {}


def named(section):
    """Returns whether a [dataset] names a table."""
    name = section.get("name")
    return isinstance(name, str) and pathlib.Path(name).suffix.lower() in SUFFIXES


def of_run(options):
    """Returns whether a command is about a table: by the run's configuration, of a .keras file by --output."""
    path = pathlib.Path(options.run) / "config.toml"
    if path.is_file():
        return named(config_file.read(path).section("dataset"))
    return pathlib.Path(options.output or "").suffix.lower() in SUFFIXES


def table(config):
    """Returns the `data.Table` of a configuration.

    Raises:
        Problem: An entry of [dataset] doesn't apply to a table, or `data.table` refuses it.
    """
    from tfvae import data

    section = config.section("dataset")
    for key in section:
        if key not in _KEYS:
            raise Problem(f"{config.where('dataset', key)}: {unknown('key of a table', key, _KEYS)}")
    kinds = section.get("kinds", {})
    if not isinstance(kinds, dict):
        raise Problem(f'{config.where("dataset", "kinds")}: expected a table of kinds, {{age = "Integer"}}.')
    given = {name: _kind(config, name, value) for name, value in kinds.items()}
    arguments = {"source": section["name"], "kinds": given, "without": section.get("without", ())}
    path = pathlib.Path(section["name"]).expanduser()
    file = (path.absolute(), path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else None
    read_by = (file, repr(arguments))
    if file is None or read_by not in _READ:
        found = parts.call(config, data.table, arguments, ("dataset",), None)
        _READ.clear()
        _READ[read_by] = found
    return _READ[read_by]


def _kind(config, name, value):
    from tfvae import columns

    where = config.where("dataset", "kinds", name)
    arguments = dict(value) if isinstance(value, dict) else {"part": value}
    kind = arguments.pop("part", None)
    kinds = [each for each in columns.__all__ if each != "OTHER"]
    if kind not in kinds:
        raise Problem(f"{where}: {unknown('kind of column', kind, kinds)}")
    try:
        return getattr(columns, kind)(**arguments)
    except (TypeError, ValueError) as error:
        example = '{part = "Ordinal", words = ["low", "high"]}'
        raise Problem(f"{where}: {one_line(error)} Expected such as {example}.") from error


def load(config, split, labels, shuffle):
    """Returns (dataset, info) of a split, as `build.load` does for other data.

    Raises:
        Problem: As `table`; the split is empty; labels are wanted.
    """
    from tfvae import data

    if labels:
        raise Problem(f"{config.section('dataset')['name']}: a table has no labels. Every column is one of x.")
    found = table(config)
    size = config.section("dataset").get("batch_size", BATCH_SIZE)
    try:
        rows = found.split(split)
        dataset = found.dataset(split, min(size, len(rows)), shuffle, config.values["seed"])
    except ValueError as error:
        raise Problem(one_line(error)) from error
    return dataset, _info(config, split, rows, data)


def _info(config, split, rows, data):
    return data.DatasetInfo(config.section("dataset")["name"], split, len(rows), rows.shape[1:], None, None)


def has(vae):
    """Returns whether a model is one of a table."""
    return getattr(vae.preprocessing, "columns", None) is not None


def of_model(vae, config, split, shuffle):
    """Returns (dataset, info) of a split as a model's own columns read it, whatever the file would say by itself."""
    from tfvae import data
    from tfvae.data import split as splits

    if not named(config.section("dataset")):
        raise Problem(f"This model is of a table. Name a file of one: --dataset people.csv, or *{SUFFIXES[1]}.")
    rows = read(vae, pathlib.Path(config.section("dataset")["name"]).expanduser())[1]
    chosen = splits.choose(split, splits.hash_numbers(range(len(rows))), config.section("dataset")["name"])
    rows = rows[chosen]
    size = config.section("dataset").get("batch_size", BATCH_SIZE)
    dataset = data.from_array(rows, batch_size=min(size, len(rows)), shuffle=bool(shuffle), missing=True)
    return dataset, _info(config, split, rows, data)


def read(vae, path):
    """Returns ({column: cells} of a file, the rows [N, C] that a model makes of it); other columns are let be.

    Raises:
        Problem: It can't be read, none of the model's columns is in it, or a cell isn't one of its column's.
    """
    from tfvae.data import cells

    try:
        found = cells.of(path)
        own = {name: each for name, each in found.items() if name in vae.preprocessing.columns}
        if not own:
            raise ValueError(f"{path} has none of the model's columns, {', '.join(vae.preprocessing.columns)}.")
        return found, vae.preprocessing.rows(str(path), own)
    except ValueError as error:
        raise Problem(one_line(error)) from error


def write(path, found):
    """Writes {column: cells} as CSV, or Parquet, whole or not at all; a cell that is missing is empty."""
    from tfvae.data.columns import kind
    from tfvae.files import whole

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(path) as temporary:
        if path.suffix.lower() == ".parquet":
            import pyarrow
            import pyarrow.parquet

            pyarrow.parquet.write_table(pyarrow.table({name: list(each) for name, each in found.items()}), temporary)
            return
        with temporary.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(found)
            for row in zip(*found.values(), strict=True):
                writer.writerow(["" if kind.missing(cell) else cell for cell in row])
