"""Networks in whose features pictures are compared: from a file, of ImageNet, or trained on the data themselves."""

import inspect
import pathlib
import sys

from tfvae_cli.problem import Problem, one_line

# Pictures in a whole training of a classifier, a minute or so at 64x64 on two cores.
_SEEN = 60_000


def load(path):
    """Returns the network of a file.

    Raises:
        Problem: There is none, or it is no network.
    """
    import keras

    if not path.is_file():
        raise Problem(f"{path}: there is no such file. Expected a Keras network.")
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises errors of many kinds for a file that isn't whole
        raise Problem(f"{path} is no Keras network: {one_line(error)}") from error


def save(network, path):
    """Writes a network, or nothing."""
    from tfvae.files import whole

    with whole.replacing(path) as temporary:
        network.save(temporary)


def trained(images, info, preprocessing, quiet):
    """Returns the `evaluation.Classifier` of a data set.

    Args:
        images: (labels, shuffle) -> (dataset, info) of the training split.
        info: Its `DatasetInfo`, which says whether there are labels; otherwise the pictures are turned.
        preprocessing: The model's, which may know another white than the dtype, or None.
        quiet: Whether to say nothing.
    """
    from tfvae import evaluation

    labelled = info.num_classes is not None and info.num_classes > 1
    train, of_train = images(labels=labelled, shuffle=True)
    if not quiet:
        what = f"{of_train.num_classes} labels" if labelled else "turned pictures"
        print(f"training a classifier of {what} on {of_train.num_examples:,} images of {info.name}", file=sys.stderr)
    if preprocessing is not None:
        train = train.map(lambda x, *label: (preprocessing.intensity(preprocessing.expected(x)), *label))
    seen = of_train.num_examples * (1 if labelled else 4)
    epochs = max(1, min(20, _SEEN // seen))
    verbose = "auto" if sys.stderr.isatty() and not quiet else 0
    return evaluation.classifier(train if labelled else evaluation.rotations(train), epochs=epochs, verbose=verbose)


def of_recipe(config, images, info, quiet):
    """Returns the network that the recipe compares pictures with, or None if it compares none.

    The file that the configuration names; or else that of ImageNet where its weights can be had, or one of the data.

    Args:
        config: The `Config`, complete.
        images: As for `trained`.
        info: Likewise.
        quiet: Whether to say nothing.
    """
    from tfvae import networks, recipes

    recipe, given = (config.section("model").get(key) for key in ("recipe", "network"))
    if recipe is None or "network" not in inspect.signature(getattr(recipes, recipe)).parameters:
        return None
    if given is not None:
        if not isinstance(given, str):
            raise Problem(f"{config.where('model', 'network')}: expected the file of a network. Received: {given!r}.")
        return load(pathlib.Path(given).expanduser())
    try:
        network = networks.vgg19(info.image_shape)
    except ValueError as error:
        if not quiet:
            print(f"{recipe} compares pictures by a classifier of these data. {one_line(error)}", file=sys.stderr)
        return trained(images, info, None, quiet).maps
    if not quiet:
        print(f"{recipe} compares pictures by VGG19, which was trained on ImageNet", file=sys.stderr)
    return network
