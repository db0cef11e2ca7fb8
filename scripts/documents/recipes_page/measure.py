"""A recipe trained and measured: figures for the table, a picture for its paragraph."""

import functools
import inspect

import keras
import numpy as np

from tfvae import data, evaluation, pictures, recipes

SHAPE, LATENT, BATCH, DRAWS = (8, 8, 1), 16, 64, 1000
SHOWN = 12
_NO_DENSITY = "squared error"


def recipe(name, epochs, seeds, folder):
    """Trains a recipe once for each seed.

    Args:
        name: Of `tfvae.recipes`.
        epochs: Passes over the training images.
        seeds: ints: of weights, noise and the order of the data.
        folder: Gets NAME.png, of the first seed.

    Returns:
        {"measure": what was measured, "means": [its mean over the test images, of each seed], "per_example": [the
        mean over seeds, of each test image], "parts": {role: what it is}}.
    """
    values = []
    for seed in seeds:
        vae = _trained(name, epochs, seed)
        values.append(_values(vae))
        if seed == seeds[0]:
            folder.mkdir(parents=True, exist_ok=True)
            pictures.save(folder / f"{name}.png", _picture(vae, has_samples(name, _measure(vae))))
            parts, measure = _parts(vae), _measure(vae)
        keras.backend.clear_session()
    values = np.asarray(values, "float64")
    return {
        "measure": measure,
        "means": values.mean(axis=1).tolist(),
        "per_example": values.mean(axis=0).tolist(),
        "parts": parts,
    }


@functools.cache
def _network():
    """Returns the network that recipes compare digits with, which the training digits' labels have taught."""
    return evaluation.classifier(data.digits("train"), verbose=0).maps


def _trained(name, epochs, seed):
    function = getattr(recipes, name)
    own = {"network": _network()} if "network" in inspect.signature(function).parameters else {}
    keras.utils.set_random_seed(seed)
    # Of a map of 4x4 places, 1 channel has as many numbers; a grid of codes and signs have those of their papers.
    size = {"autoencoder_kl": 1, "fsq_vae": 4, "lfq_vae": 10}.get(name, LATENT)
    vae = function(SHAPE, size, seed=seed, **own)
    vae.compile("adam")
    vae.fit(_digits("train", vae, seed), epochs=epochs, verbose=0)
    return vae


def _digits(split, vae, seed=0):
    images, labels = data.digits(split)
    training, told = split == "train", labels if vae.conditional else None
    return data.from_array(_x(vae, images, labels), told, batch_size=BATCH, shuffle=training, seed=seed)


def _x(vae, images, labels):
    """Returns x of digits: the images, or with their labels where these are a modality."""
    return {"image": images, "label": np.eye(10, dtype="float32")[labels]} if vae.likelihood.modalities else images


def _has_density(vae):
    return vae.posterior.has_density and vae.prior.has_density(vae.posterior)


def _measure(vae):
    if vae.likelihood.modalities:
        return "log p(image, label), grey pixels"
    if not _has_density(vae):
        return _NO_DENSITY
    if isinstance(vae.preprocessing, data.Counts):
        return "log p(x|total), grey levels as counts"
    given = "x|c" if vae.conditional else "x"
    return f"log p({given}), {'binary' if vae.likelihood.discrete else 'grey'} pixels"


def _values(vae):
    """Returns the measure of each test image: log p(x) in nats, or the squared error of a model without density."""
    test = _digits("test", vae)
    if _has_density(vae):
        return evaluation.log_likelihood(vae, test, DRAWS, verbose=0).per_example
    images = data.digits("test")[0]
    return np.sum((images / 255.0 - vae.reconstruct(images, seed=0).numpy()) ** 2, axis=(1, 2, 3))


def has_samples(name, measure):
    """Returns whether a recipe's picture has samples: its decoder has learned from draws that are like the prior's."""
    themes = (recipes.matching, recipes.latent_priors, recipes.posteriors)
    return measure != _NO_DENSITY or any(name in vars(theme) for theme in themes)


def _picture(vae, sampled):
    """Returns test digits, what the encoder sees of them, their reconstructions, and two rows of samples if asked."""
    images, labels = (array[:SHOWN] for array in data.digits("test"))
    if vae.likelihood.modalities:
        return _picture_of_pairs(vae, images, labels)
    condition = {"condition": labels} if vae.conditional else {}
    seen = vae.preprocess(images)
    rows = [seen.numpy()]
    if isinstance(vae.preprocessing, data.Corrupt):
        seen = vae.preprocessing.corrupted(seen, seed=np.asarray([0, 1], "int32"))
        rows.append(seen.numpy())
    posterior = vae.encode_preprocessed(seen, **condition)
    rows.append(vae.decode(posterior.sample(seed=[0, 2]), **condition, like=images).mean().numpy())
    if sampled:
        if vae.conditional:
            condition = {"condition": np.arange(2 * SHOWN) % 10}
        rows.append(vae.sample(2 * SHOWN, seed=1, **condition).numpy())
    if isinstance(vae.preprocessing, data.Counts):
        rows = [vae.preprocessing.intensity(row) for row in rows]
    return pictures.grid(np.concatenate(rows), columns=SHOWN, zoom=4)


def _picture_of_pairs(vae, images, labels):
    """Returns test digits, what is made of image and label, of the image alone, of the label alone, and samples."""
    x = _x(vae, images, labels)
    rows = [images / 255.0]
    for seen in (("image", "label"), ("image",), ("label",)):
        rows.append(vae.reconstruct({name: x[name] for name in seen}, seed=1)["image"])
    rows.append(vae.sample(SHOWN, seed=1)["image"])
    return pictures.grid(np.concatenate(rows), columns=SHOWN, zoom=4)


def _parts(vae):
    """Returns {role: text} of a model's parts."""
    roles = ("posterior", "prior", "likelihood", "objective", "preprocessing")
    return {role: repr(getattr(vae, role)) for role in roles}
