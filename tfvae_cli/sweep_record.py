"""What a sweep's folder holds: sweep.json, from which the same command goes on, and sweep.csv."""

import csv
import hashlib
import json
import pathlib

from tfvae_cli import config, report_figures, sweep_points
from tfvae_cli.problem import Problem
from tfvae_cli.run_folder import RunFolder

# Of a run, what of its configuration is compared with the sweep's; the name of the data is a path in one of them.
_DATA = ("dataset", "name")


class Record:
    """The sweep in a folder.

    Args:
        path: The folder; it need not exist.
        shared: The configuration that the runs have in common.
        axes: The `Axis` of each number that varies.
        runs: The `Run` of each combination.

    Attributes:
        entries: {run: what is known of it}: its `values`, `seconds` of training so far, `figures` once it was
            measured, and `measured`, by what; `failed`, why its training came to no end.

    Raises:
        Problem: The folder holds another sweep, or anything else.
    """

    def __init__(self, path, shared, axes, runs):
        self.folder = pathlib.Path(path)
        self.json, self.csv, self.picture = (self.folder / f"sweep.{kind}" for kind in ("json", "csv", "png"))
        self._plan = {"configuration": shared, "vary": {axis.key: list(axis.values) for axis in axes}}
        self._axes = axes
        self.entries = {run.name: {"values": run.values, "seconds": 0.0} for run in runs}
        known = self._read()
        if known is not None:
            self._check_same(known)
            self.entries |= known["runs"]

    def _read(self):
        if self.folder.exists() and not self.folder.is_dir():
            raise Problem(f"{self.folder} is a file. Expected a folder for the sweep: --output another.")
        if self.json.is_file():
            try:
                known = json.loads(self.json.read_text(encoding="utf-8"))
                assert {"configuration", "vary", "runs"} <= known.keys()
                return known
            except (ValueError, AssertionError, AttributeError):
                raise Problem(
                    f"{self.json} is not what tfvae sweep wrote. Write elsewhere: --output another."
                ) from None
        if self.folder.is_dir() and any(entry.name != ".lock" for entry in self.folder.iterdir()):
            raise Problem(
                f"{self.folder} is not empty, and not the folder of a sweep. Write elsewhere: --output another."
            )
        return None

    def _check_same(self, known):
        """Refuses a command that asks for other runs than the folder holds."""
        asked, held = (_leaves(plan["configuration"]) | plan["vary"] for plan in (self._plan, known))
        for key in [*asked, *held]:
            if asked.get(key) != held.get(key):
                raise Problem(
                    f"{self.folder} holds another sweep: {key} is {_said(held, key)} there, and {_said(asked, key)} "
                    "in this command. Repeat that one, or write elsewhere: --output another."
                )

    def check_run(self, run):
        """Refuses the folder of a run that was changed since: what it holds isn't what the sweep compares."""
        path = self.folder / run.name
        if not RunFolder(path).exists():
            return
        asked = _leaves(config.resolve(run.options).values)
        held = _leaves(config.read(RunFolder(path).config).values)
        for key, value in asked.items():
            same = held.get(key) == value
            if key == ".".join(_DATA):
                same = held.get(key) in (value, str(pathlib.Path(value).expanduser().absolute()))
            if not same:
                raise Problem(
                    f"{path} isn't the run of this sweep any more: {key} is {_said(held, key)}, and not {value!r}. "
                    "Write elsewhere: --output another."
                )

    def measured(self, run, how):
        """Returns whether the figures are of the model that is there, and were measured in that way."""
        entry = self.entries[run.name]
        model = RunFolder(self.folder / run.name).model
        return entry.get("measured") == {**how, "sha256": _digest(model)} and "figures" in entry

    def put(self, run, figures, how):
        """Keeps what was measured of a run."""
        model = RunFolder(self.folder / run.name).model
        entry = self.entries[run.name]
        figures = report_figures.plain(figures | {"seconds": entry["seconds"]})  # None for what isn't finite
        entry |= {"figures": figures, "measured": {**how, "sha256": _digest(model)}}

    def write(self):
        """Writes the files, each whole."""
        from tfvae.files import whole

        done = [entry for entry in self.entries.values() if "figures" in entry]
        found = sweep_points.points(done)
        text = {
            **self._plan,
            "runs": self.entries,
            "points": [point._asdict() for point in found],
            "pareto_front": [point.values for point in sweep_points.front(found)],
        }
        with whole.replacing(self.json) as temporary:
            temporary.write_text(
                json.dumps(report_figures.plain(text), indent=1, allow_nan=False) + "\n", encoding="utf-8"
            )
        names = [f"{name}{end}" for name in sweep_points.ESTIMATES for end in ("", "_standard_error")]
        names = [*names, *sweep_points.PLAIN]
        with whole.replacing(self.csv) as temporary, temporary.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["run", *(axis.name for axis in self._axes), *names])
            for name, entry in self.entries.items():
                if "figures" in entry:
                    writer.writerow([name, *entry["values"].values(), *(entry["figures"].get(each) for each in names)])

    def discard(self):
        """Deletes the files of a sweep none of whose runs has begun."""
        if not any(RunFolder(self.folder / name).exists() for name in self.entries):
            for path in (self.json, self.csv, self.picture):
                path.unlink(missing_ok=True)


def _leaves(values, before=""):
    """Returns {dotted key: value} of nested tables.

    >>> _leaves({"seed": 0, "model": {"beta": 2.0}})
    {'seed': 0, 'model.beta': 2.0}
    """
    found = {}
    for key, value in values.items():
        found |= _leaves(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def _said(leaves, key):
    return repr(leaves[key]) if key in leaves else "not given"


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
