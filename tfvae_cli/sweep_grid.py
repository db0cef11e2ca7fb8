"""The runs of a sweep: each combination of the numbers that vary, as a command line of `tfvae train`."""

import argparse
import functools
import itertools
import math
import pathlib
from typing import Any, NamedTuple

from tfvae_cli import config, defaults, sources
from tfvae_cli.problem import Problem, unknown

#: The axis over which figures are averaged.
SEED = "seed"
#: The axis of which the smallest is asked for.
LATENT_SIZE = "latent_size"
# Options of `tfvae sweep` that take several numbers: the entry of the configuration that each sets.
_OPTIONS = {"latent_size": "model.latent_size", "learning_rate": "compile.optimizer.learning_rate", "seeds": "seed"}


class Axis(NamedTuple):
    """A number that varies.

    Attributes:
        name: What it is called in tables and folders.
        key: Its entry of the configuration.
        values: Its values, rising.
    """

    name: str
    key: str
    values: tuple


class Run(NamedTuple):
    """One training.

    Attributes:
        name: Of its folder.
        values: {axis: its value}.
        options: As parsed from a command line of `tfvae train` without an output.
    """

    name: str
    values: dict
    options: argparse.Namespace


def axes(options):
    """Returns the `Axis` of each number that the command line names, whatever the order in which it names them.

    Raises:
        Problem: Nothing varies, a value is no number or there twice, or an entry is named twice.
    """
    given = [(f"--{flag.replace('_', '-')}", key, getattr(options, flag)) for flag, key in _OPTIONS.items()]
    found = [(said, key, values) for said, key, values in given if values is not None]
    for key, *texts in options.vary:
        said = f"--vary {key}"
        if not texts:
            raise Problem(f"{said}: expected an entry and its numbers, such as --vary model.beta 1 2 4.")
        found.append((said, key, [_number(said, text) for text in texts]))
    if not found:
        raise Problem("Nothing varies. Name numbers: --latent-size 2 4 8, --seeds 0 1 2 or --vary model.beta 1 2 4.")
    keys = [key for _, key, _ in found]
    for said, key, values in found:
        twice = [value for place, value in enumerate(values) if value in values[:place]]
        if twice:
            raise Problem(f"{said}: {twice[0]} is there twice. Give each number once.")
        if keys.count(key) > 1:
            raise Problem(f"{said}: {key} is varied by two options. Leave one of them out.")
        if key in [text.partition("=")[0].strip() for text in options.set]:
            raise Problem(f"{said}: --set {key} says another number. Leave one of them out.")
    # Latents, learning rate, others by name, seeds: the same numbers make the same folders.
    found.sort(key=lambda each: (each[1] == SEED, each[0].startswith("--vary"), each[1]))
    ends = [key.rpartition(".")[2] for _, key, _ in found]
    return [
        Axis(end if ends.count(end) == 1 else key, key, tuple(sorted(values)))
        for (_, key, values), end in zip(found, ends, strict=True)
    ]


def _number(said, text):
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if math.isfinite(value):
            return value
    raise Problem(f"{said}: expected numbers, received {text!r}.")


def varied(found):
    """Returns those axes that have several values, or all where none has."""
    return [axis for axis in found if len(axis.values) > 1] or list(found)


def runs(options, found):
    """Returns the `Run` of each combination; the last axis moves first.

    Args:
        options: The command line of `tfvae sweep`.
        found: What `axes` returned.

    Raises:
        Problem: As `config.resolve` for each of them; or the recipe has no such number.
    """
    made = []
    for values in itertools.product(*(axis.values for axis in found)):
        chosen = dict(zip(found, values, strict=True))
        line = _line(options, chosen)
        named = {axis.name: chosen[axis] for axis in varied(found)}
        made.append(Run("-".join(f"{name}-{value}" for name, value in named.items()), named, line))
        _check_recipe(config.resolve(line), found)
    return made


def _line(options, chosen):
    """Returns the command line of `tfvae train` for {axis: value}."""
    flags = {key: flag.removesuffix("s") for flag, key in _OPTIONS.items()}
    own: dict[str, Any] = {**dict.fromkeys(flags.values()), "output": None, "resume": False, "overwrite": False}
    own |= {flags[axis.key]: value for axis, value in chosen.items() if axis.key in flags}
    sets = [f"{axis.key}={value}" for axis, value in chosen.items() if axis.key not in flags]
    return argparse.Namespace(**vars(options) | own | {"set": [*options.set, *sets]})


def _check_recipe(plan, found):
    """Refuses a number that the recipe doesn't have, before the runs that have no such number are trained."""
    model = plan.section("model")
    if plan.chooses_model() and "recipe" not in model:
        return
    recipe = model.get("recipe", defaults.RECIPE)
    known = sources.recipes()[recipe].arguments
    for axis in found:
        section, _, name = axis.key.partition(".")
        if section == "model" and "." not in name and name not in known:
            raise Problem(f"--vary {axis.key}: {unknown(f'number of {recipe}', name, known)}")


def shared(options, found):
    """Returns the configuration that the runs have in common, as `tfvae train` would read it.

    Args:
        options: The command line of `tfvae sweep`.
        found: What `axes` returned.

    Raises:
        Problem: As `config.resolve`.
    """
    fixed = {axis: axis.values[0] for axis in found if axis not in varied(found)}
    values = config.resolve(_line(options, fixed)).values
    for axis in varied(found):  # defaults of what varies
        *tables, last = axis.key.split(".")
        functools.reduce(lambda table, key: table.get(key, {}), tables, values).pop(last, None)
    section = values["dataset"]
    path = pathlib.Path(section["name"]).expanduser()
    if path.exists() and not section["name"].isidentifier():  # else it may be the name of a dataset
        section["name"] = str(path.absolute())
    return {key: value for key, value in values.items() if value != {}}


def pattern(folder, found):
    """Returns the folders of all runs as a shell expands them.

    >>> pattern("sweeps/a", [Axis("latent_size", "model.latent_size", (2, 4)), Axis("seed", "seed", (0, 1))])
    'sweeps/a/latent_size-{2,4}-seed-{0,1}'
    """
    names = []
    for axis in varied(found):
        values = ",".join(map(str, axis.values))
        names.append(f"{axis.name}-{{{values}}}" if len(axis.values) > 1 else f"{axis.name}-{values}")
    return f"{folder}/{'-'.join(names)}"
