"""What a configuration leaves open, and the data decide. All of it is recorded, so that a run repeats itself."""

from tfvae_cli import build, drawn, sources, tables

#: The recipe where none is named.
RECIPE = "image_vae"


def fill(config, dataset, info):
    """Completes a configuration: the recipe if there is no model, a latent size and a batch size.

    Pixels that are all black or white get a Bernoulli, others a calibrated Gaussian; the size decides the latents and
    the networks. One grey pixel is enough for the Gaussian, so binary data are read to the end, batch by batch, and
    others up to the first batch that has one.

    Args:
        config: The `Config`, which is changed.
        dataset: Batches of the training data, without labels.
        info: Their `DatasetInfo`.

    Returns:
        Whether there was no model.
    """
    from tfvae.recipes import by_size
    from tfvae.recipes import tables as of_tables

    config.section("dataset").setdefault("batch_size", min(build.BATCH_SIZE, info.num_examples))
    model, chosen = config.section("model"), not config.chooses_model()
    if tables.named(config.section("dataset")):
        if chosen:
            model["recipe"] = tables.RECIPE
        if model.get("recipe") in sources.of_tables() and model.get("latent_size") is None:
            model["latent_size"] = of_tables.suited_size(info.image_shape[0])
        return chosen
    if chosen:
        model["recipe"] = RECIPE
        if "binary" not in model:
            model["binary"] = _black_or_white(dataset, info.maximum)
        model.setdefault("details", by_size.details(info.image_shape))
    model.setdefault("latent_size", by_size.latent_size(info.image_shape))
    return chosen


def _black_or_white(dataset, white):
    """Returns whether all values are 0 or `white`, and both occur. NaN, which marks what is missing, is neither."""
    import numpy as np

    from tfvae.data import epoch

    zeros = ones = False
    with epoch.in_order():
        for batch in dataset:
            values = batch.numpy()
            if values.dtype == bool:
                return True
            black, bright = values == 0, values == white
            if not (black | bright | np.isnan(values)).all():
                return False
            zeros, ones = zeros or black.any(), ones or bright.any()
    return bool(zeros and ones)


def as_it_is(config, vae, dataset):
    """Configures the model to take data unscaled, if its recipe would scale pixels and the data aren't pixels.

    Floats in the shape of pictures that are whole numbers of 0..255 are pixels: they are left to the recipe's
    preprocessing, which refuses them and says how to name white.

    Args:
        config: The `Config`, to which the preprocessing is added.
        vae: The model made from `config`.
        dataset: Batches of the data.

    Returns:
        Whether the model must be built again.
    """
    import numpy as np

    from tfvae import data

    step = vae.preprocessing
    if "preprocessing" in config.section("model") or not isinstance(step, data.Rescale) or step.scale is not None:
        return False
    x, _, _ = vae.unpack(next(iter(dataset)))
    values = x.numpy()
    low, top = np.nanmin(values), np.nanmax(values)
    if values.dtype.kind != "f" or (low >= 0 and top <= 1):
        return False
    if drawn.is_picture(values.shape[1:]) and low >= 0 and top <= 255 and (values == np.rint(values)).all():
        return False
    if not vae.likelihood.in_support(values.astype(vae.float_dtype)).numpy().all():
        return False
    config.section("model")["preprocessing"] = {"part": "Rescale", "scale": 1.0, "raw_dtype": "float32"}
    return True


def sentence(config, vae, info):
    """Returns the line that says what was chosen for which data.

    Args:
        config: The `Config` that `fill` completed.
        vae: The model made from it.
        info: The `DatasetInfo` of the training data.
    """
    import keras

    from tfvae import networks

    if tables.named(config.section("dataset")):
        latents = f"{config.section('model')['latent_size']} latents"
        return f"{tables.table(config)!r}\nRecipe {tables.RECIPE}, {latents}. Another: --recipe table_vae."
    model, shape, kinds = config.section("model"), info.image_shape, {type(layer) for layer in vae._flatten_layers()}
    values = "pixels" if drawn.is_picture(shape) else "values"
    if drawn.is_picture(shape):
        kind = "binary" if model["binary"] else "grey" if shape[-1] == 1 else "colour"
        what = f"{kind} pictures of {shape[0]}x{shape[1]}"
    else:
        what = f"{'binary ' * model['binary']}examples of {shape}"
    if model["binary"]:
        likelihood = f"Bernoulli {values}"
    elif "preprocessing" in model:
        what += " with other floats than intensities in [0, 1]"
        likelihood = f"Gaussian {values} as they are, with a calibrated scale"
    else:
        likelihood = f"Gaussian {values} with a calibrated scale"
    if networks.ResidualBlock in kinds:
        layers = "residual convolutions"
    else:
        layers = "convolutions" if keras.layers.Conv2D in kinds else "dense layers"
    latents = f"{model['latent_size']} latent{'s' * (model['latent_size'] > 1)}"
    if model["details"]:
        height, width, channels = vae.posterior.latent_shapes[1]
        latents += f" above a map of {height}x{width}x{channels}"
    return (
        f"Recipe {model['recipe']}, for {what}: {likelihood}, {layers}, {latents}. "
        "Another: --recipe NAME, as tfvae recipes lists them."
    )
