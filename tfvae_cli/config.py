"""The configuration of a run: a TOML file, flags that override it, and defaults.

The sections are calls: [dataset] holds arguments of `tfvae.data.load`, [model]
those of a recipe or of `tfvae.VAE`, [compile] and [fit] those of the model's
methods. A table with the key `part` is a part: its name and its arguments.
"""

import ast
import copy
import pathlib
import re
import tomllib

from tfvae_cli import sources
from tfvae_cli.problem import Problem, unknown

_SECTIONS = ("dataset", "model", "compile", "fit")
_KEYS = ("seed", *_SECTIONS, "versions")
_FIT = ("epochs", "validation_freq", "callbacks")

#: Flags of `tfvae train`, by the entry that each sets.
FLAGS = {
    "dataset.name": "dataset",
    "dataset.data_dir": "data_dir",
    "dataset.batch_size": "batch_size",
    "dataset.image_size": "image_size",
    "dataset.channels": "channels",
    "dataset.strict": "strict",
    "dataset.num_labels": "labels",
    "model.recipe": "recipe",
    "model.latent_size": "latent_size",
    "compile.optimizer": "learning_rate",
    "fit.epochs": "epochs",
    "seed": "seed",
}


#: The arguments that the recipe of the defaults has: alone they choose no other model.
OF_DEFAULT = {"latent_size", "binary", "details"}


class Config:
    """Values, and where each came from.

    Args:
        values: Nested dictionary, as parsed from TOML.
        path: The file, or None.
        text: The file's text, to look up the line of a key.

    Attributes:
        values: As given.
    """

    def __init__(self, values, path=None, text=""):
        self.values = values
        self.path = path
        self._lines = _lines(text)

    def where(self, *keys):
        """Returns where an entry is, for error messages: "run.toml, line 3, model.beta"."""
        name = ".".join(str(key) for key in keys)
        for count in range(len(keys), 0, -1):
            line = self._lines.get(keys[:count])
            if line is not None:
                return f"{self.path}, line {line}, {name}"
        return name

    def chooses_model(self):
        """Returns whether [model] has a recipe or a part; otherwise the data decide, see `defaults.fill`."""
        return not self.section("model").keys() <= OF_DEFAULT

    def section(self, name):
        """Returns one of the four sections, a dictionary."""
        return self.values.setdefault(name, {})


def _lines(text):
    """Returns {keys: line} of every table and entry of a TOML text; in arrays of tables, keys include the index."""
    lines, table, counts = {}, (), {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]", line):
            table = _split(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, counts[table])
            else:
                parents = [array for array in counts if table[: len(array)] == array]
                if parents:
                    longest = max(parents, key=len)
                    table = (*longest, counts[longest], *table[len(longest) :])
            lines[table] = number
        elif entry := re.match(
            r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=", line
        ):
            lines[(*table, *_split(entry[1]))] = number
    return lines


def _split(dotted):
    return tuple(key.strip().strip("\"'") for key in dotted.split("."))


def read(path):
    """Returns the `Config` of a file.

    Raises:
        Problem: The file can't be read, or is not TOML.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        raise Problem(f"{path} is a folder. Expected a TOML file, such as {path / 'config.toml'}.")
    try:
        text = path.read_text(encoding="utf-8")
        return Config(tomllib.loads(text), path, text)
    except FileNotFoundError:
        raise Problem(f"There is no file {path}. Expected a configuration in TOML.") from None
    except UnicodeDecodeError:
        raise Problem(f"{path} is not text in UTF-8. Expected a configuration in TOML.") from None
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is no TOML: {error}.") from None


def _set(values, keys, value, said):
    for position, key in enumerate(keys[:-1], 1):
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            raise Problem(f"{said}: {'.'.join(keys[:position])} is no table, so it has no entry {keys[position]!r}.")
    values[keys[-1]] = value


def _assignment(text):
    """Returns (keys, value) of a `--set KEY=VALUE`; the value is TOML, or else a plain string."""
    key, equals, value = text.partition("=")
    keys = _split(key)
    if not equals or not all(keys):
        raise Problem(f"--set {text}: expected KEY=VALUE, such as --set model.beta=4.0.")
    try:
        return keys, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        if not re.fullmatch(r"[\w./-]+", value):
            raise Problem(f"--set {text}: the value is no TOML. Quote a string: --set '{key}=\"...\"'.") from None
        return keys, value


def _flag_value(name, value):
    return {"part": "Adam", "learning_rate": value} if name == "learning_rate" else value


def resolve(options):
    """Returns the `Config` of a new run. Flags override the file, which overrides the defaults.

    What depends on the data is still left open, for `defaults.fill`.

    Args:
        options: The parsed command line of `tfvae train`.

    Raises:
        Problem: There is no dataset, an entry doesn't exist, or entries contradict each other.
    """
    config = Config({}) if options.config is None else read(options.config)
    values = copy.deepcopy(config.values)
    for entry, flag in FLAGS.items():
        value = getattr(options, flag)
        if value is not None:
            _set(values, _split(entry), _flag_value(flag, value), f"--{flag.replace('_', '-')}")
    for text in options.set:
        keys, value = _assignment(text)
        _set(values, keys, value, f"--set {text}")
    config.values = values
    check(config)
    values.pop("versions", None)  # those of the run that the file is from; the new run gets its own
    values.setdefault("seed", 0)
    dataset, model = config.section("dataset"), config.section("model")
    if "name" not in dataset:
        raise Problem("No dataset was given. Name one, as `tfvae datasets` lists them: --dataset digits.")
    if config.chooses_model() and (size := _latent_size(model)) is not None:
        model.setdefault("latent_size", size)
    config.section("fit").setdefault("epochs", 50)
    if "data_dir" in dataset:
        dataset["data_dir"] = str(pathlib.Path(dataset["data_dir"]).expanduser().absolute())
    return config


def _latent_size(model):
    """Returns the recipe's own default; None where that is by the size of the data, which isn't known yet."""
    if "recipe" not in model:
        return 16
    known = sources.recipes() | sources.of_tables()
    return ast.literal_eval(known[model["recipe"]].arguments["latent_size"])


def check(config):
    """Refuses entries that don't exist or contradict each other.

    Raises:
        Problem: The message has the line of the file.
    """
    values = config.values
    for key in values:
        if key not in _KEYS:
            raise Problem(f"{config.where(key)}: {unknown('key', key, _KEYS)}")
    for section in _SECTIONS:
        if not isinstance(values.get(section, {}), dict):
            raise Problem(f"{config.where(section)}: expected a table, [{section}]. Received: {values[section]!r}.")
    seed = values.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or abs(seed) >= 2**31:
        raise Problem(f"{config.where('seed')}: expected a whole number of 32 bits. Received: {seed!r}.")
    _check_dataset(config)
    _check_fit(config)
    _check_model(config)


def _check_dataset(config):
    for key in ("name", "data_dir"):
        value = config.section("dataset").get(key, "")
        if not isinstance(value, str):
            raise Problem(f"{config.where('dataset', key)}: expected a name or a path. Received: {value!r}.")
    size = config.section("dataset").get("batch_size", 1)
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise Problem(f"{config.where('dataset', 'batch_size')}: expected a number of 1 or more. Received: {size!r}.")


def _check_fit(config):
    for key, value in config.section("fit").items():
        if key not in _FIT:
            raise Problem(f"{config.where('fit', key)}: {unknown('key', key, _FIT)}")
        if key != "callbacks" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise Problem(f"{config.where('fit', key)}: expected a number of 1 or more. Received: {value!r}.")
        if key == "callbacks" and not isinstance(value, list):
            raise Problem(
                f"{config.where('fit', key)}: expected an array of parts, [[fit.callbacks]]. Received: {value!r}."
            )


def _check_model(config):
    model = config.section("model")
    size = model.get("latent_size", 16)
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise Problem(f"{config.where('model', 'latent_size')}: expected a number of 1 or more. Received: {size!r}.")
    if "recipe" not in model:
        return
    known = [*sources.recipes(), *sources.of_tables()]
    if model["recipe"] not in known:
        raise Problem(f"{config.where('model', 'recipe')}: {unknown('recipe', model['recipe'], known)}")
    if "objective" in model:
        raise Problem(
            f"{config.where('model', 'objective')}: contradicts model.recipe = {model['recipe']!r}, which is a choice "
            "of the objective. Leave one of them out; without a recipe, give all parts of the model."
        )
