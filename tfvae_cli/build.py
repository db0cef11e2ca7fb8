"""Builds the dataset and the model that a configuration describes."""

import inspect

from tfvae_cli import parts, sources, tables
from tfvae_cli.problem import Problem, one_line, unknown

_SPLITS = {"train": "split", "validation": "validation_split", "test": "test_split"}
_OF_LOAD = ("name", "batch_size", "data_dir", "image_size", "channels", "crop", "strict", "missing")
_NUM_LABELS = "num_labels"
_AUGMENT = "augment"
#: Default number of examples per batch.
BATCH_SIZE = tables.BATCH_SIZE


def load(config, split, labels=False, shuffle=None):
    """Returns (dataset, info) of one split of the configuration's dataset.

    Args:
        config: The `Config`.
        split: "train", "validation" or "test", which are translated to the
            dataset's own names, or any other expression that `data.load` knows.
        labels: Whether batches are (image, label).
        shuffle: As for `data.load`.

    Raises:
        Problem: An entry of [dataset] doesn't exist, or `data.load` refuses it.
    """
    from tfvae import data

    section = config.section("dataset")
    if tables.named(section):
        return tables.load(config, split, labels, shuffle)
    keys = (*_OF_LOAD, *_SPLITS.values(), _AUGMENT, _NUM_LABELS)
    for key in section:
        if key not in keys:
            raise Problem(f"{config.where('dataset', key)}: {unknown('key', key, keys)}")
    # Only a training has labels to hide.
    some = {_NUM_LABELS: section[_NUM_LABELS]} if labels and split == "train" and _NUM_LABELS in section else {}
    if split in _SPLITS:
        source = {key: section[key] for key in ("name", "data_dir") if key in section}
        split = section.get(_SPLITS[split]) or parts.call(config, data.splits, source, ("dataset",), None)[split]
    arguments = {key: value for key, value in section.items() if key in _OF_LOAD}
    if isinstance(arguments.get("image_size"), list):
        arguments["image_size"] = tuple(arguments["image_size"])
    arguments |= some | {"split": split, "labels": labels, "shuffle": shuffle, "seed": config.values["seed"]}

    def attempt(batch_size):
        return parts.call(config, data.load, {**arguments, "batch_size": batch_size}, ("dataset",), None)

    asked = arguments.get("batch_size", BATCH_SIZE)
    trains = shuffle is None and "batch_size" in arguments
    if trains or not isinstance(asked, int) or asked < 1:
        return attempt(asked)
    # The batch size matters beyond memory only in training, and only if somebody chose it. Otherwise it may shrink.
    try:
        return attempt(asked)
    except Problem:
        _, info = attempt(1)
        if info.num_examples >= asked:
            raise
        return attempt(info.num_examples)


def augmented(config, dataset):
    """Returns the training data as [dataset.augment] varies it: arguments of `data.augment`.

    Args:
        config: The `Config`.
        dataset: What `load` returned for the training.

    Raises:
        Problem: `data.augment` has no such argument, or refuses it.
    """
    from tfvae import data

    given = config.section("dataset").get(_AUGMENT)
    if given is None:
        return dataset
    if not isinstance(given, dict):
        raise Problem(
            f"{config.where('dataset', _AUGMENT)}: expected a table of data.augment's arguments, such as "
            f"{{ flip = true, shift = 4 }}. Received: {given!r}."
        )
    arguments = {"dataset": dataset, "seed": config.values["seed"], **given}
    return parts.call(config, data.augment, arguments, ("dataset", _AUGMENT), None)


def model(config, info, network=None):
    """Returns the compiled model.

    Args:
        config: The `Config`, complete: see `defaults.fill`.
        info: The `DatasetInfo` of the data that the model is for.
        network: In whose features the recipe compares pictures, or None; see `features.of_recipe`.

    Raises:
        Problem: Parts, arguments or shapes don't exist or don't fit.
    """
    import tfvae

    section = dict(config.section("model"))
    recipe = section.pop("recipe", None)
    shapes = parts.Shapes(info.image_shape, (section["latent_size"],), info.num_classes)
    given = {key: parts.build(config, value, ("model", key), shapes) for key, value in section.items()}
    if network is not None:
        given["network"] = network
    roles = parts.parameters(tfvae.VAE)
    if recipe is None:
        given.pop("latent_size", None)
        missing = [role for role in roles if roles[role].default is inspect.Parameter.empty and role != "kwargs"]
        missing = [role for role in missing if role not in given]
        if missing:
            raise Problem(
                f"{config.where('model')}: without a recipe, expected every part of the model. Missing: "
                f'{", ".join(missing)}. Add them, or a recipe = "vae".'
            )
        vae = parts.call(config, tfvae.VAE, {**given, "seed": config.values["seed"]}, ("model",), shapes)
    else:
        made_for = _made_for(config, recipe, shapes)
        vae = _from_recipe(config, recipe, given, roles, shapes, info.num_examples, made_for)
    compiling = {
        key: parts.build(config, value, ("compile", key), shapes) for key, value in config.section("compile").items()
    }
    parts.call(config, vae.compile, compiling, ("compile",), shapes)
    return vae


def callbacks(config, vae):
    """Returns the callbacks of [fit]."""
    shapes = parts.Shapes(vae.likelihood.event_shape, vae.posterior.event_shape)
    return parts.build(config, config.section("fit").get("callbacks", []), ("fit", "callbacks"), shapes)


def _made_for(config, name, shapes):
    """Returns what a recipe is made for: the shape of x, or a table."""
    is_table = tables.named(config.section("dataset"))
    if is_table == (name in sources.of_tables()):
        return tables.table(config) if is_table else shapes.image
    others = ", ".join(sources.of_tables())
    fix = f"Of a table it is one of {others}" if is_table else f"{name} is for a table: --dataset people.csv"
    raise Problem(f"{config.where('model', 'recipe')}: {name} doesn't go with this dataset. {fix}.")


def _from_recipe(config, name, given, roles, shapes, num_examples, made_for):
    from tfvae import recipes

    function = getattr(recipes, name)
    own = [key for key in inspect.signature(function).parameters if key not in ("event_shape", "table", "parts")]
    others = [role for role in roles if role not in ("objective", "kwargs", "seed")]
    for key in given:
        if key not in (*own, *others):
            raise Problem(f"{config.where('model', key)}: {unknown(f'argument of {name}', key, (*own, *others))}")
    if "num_classes" in own and "num_classes" not in given:
        if shapes.num_classes is None:
            raise Problem(
                f"{config.where('model', 'recipe')}: {name} needs each image's class, and this dataset has no "
                "classes. Train on one that has, such as digits or a folder with a subfolder for each class."
            )
        given = {**given, "num_classes": shapes.num_classes}
    if "dataset_size" in own:
        given = {"dataset_size": num_examples, **given}
    try:
        return function(made_for, **given, seed=config.values["seed"])
    except (ValueError, TypeError) as error:
        raise Problem(f"{parts.blamed(config, ('model',), given, error)}: {one_line(error)}") from error
