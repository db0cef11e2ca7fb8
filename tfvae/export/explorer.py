"""What the latent explorer's page shows beside the decoder: where the data lies in the latent space."""

import json
import pathlib

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, data, evaluation, networks
from tfvae.data import epoch, finite
from tfvae.export import manifest
from tfvae.files import whole
from tfvae.inputs import datasets, models

tfd = tfp.distributions

NAME = "explorer.json"
_EXAMPLES = 1000
# How many numbers to write for the encoded examples, and for draws from a non-normal prior: about 200 KB of text each.
_NUMBERS = 32_000
_DRAWS = 256


def explorer(vae, folder, dataset, name="", label_names=None):
    """Writes explorer.json beside the exported decoders, for `tfvae explore`.

    It holds E[q(z|x)] of up to 1,000 examples with their labels; the mean, spread
    and activity of each of the D dimensions; p(z), as moments if it is a normal
    with independent dimensions, otherwise as draws; and the map, a plane

        z = center + u axes_1 + v axes_2,   (u, v) = axes (z - center)

    of the latents themselves if D is two, otherwise of their first two principal
    components, which minimise the mean of |z - z(u, v)|^2. Everything refers to
    the flattened latent and has four significant digits.

    Args:
        vae: The model, of images [height, width, 1 or 3].
        folder: Where the decoders are, such as <base>/litert; the file is
            recorded in its manifest.json.
        dataset: Batches of examples that the model was not trained on, x or
            (x, label). For a conditional model, the label is the condition.
        name: A title for the page.
        label_names: The name of each label, by default its number.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: x isn't an image, there are fewer than two examples, labels
            aren't integers, or the condition isn't a label.

    Reference: Jolliffe (2002), Principal Component Analysis, section 2.1.
    """
    models.usable(vae)
    models.of_one_array(vae, "The explorer", "It has no page for such a model yet.")
    datasets.batches("dataset", dataset, ends=False, vae=vae)  # it takes the first ones
    if vae.posterior.curved:
        raise ValueError(
            "The explorer moves z along straight lines, which lead off the manifold that z of this model is on: "
            f"{vae.posterior!r}. Use latent.spherical and vae.decode on spheres, and vae.variations on any manifold."
        )
    shape = tuple(vae.likelihood.event_shape)
    if len(shape) != 3 or shape[-1] not in (1, 3):
        raise ValueError(f"The explorer shows images, [height, width, 1 or 3]. This model's x has the shape {shape}.")
    classes = _classes(vae)
    size = int(np.prod(vae.posterior.event_shape))
    x, labels = _held_out(dataset, min(_EXAMPLES, max(2, _NUMBERS // size)))
    condition = labels if vae.conditional else None
    if vae.conditional and labels is None:
        raise arguments.invalid("dataset", "batches (x, label), as the model is conditional", dataset)
    missing = vae.likelihood.takes_missing
    batches = data.from_array(x, condition, batch_size=min(128, len(x)), shuffle=False, missing=missing)
    activity = evaluation.activity(vae, batches)
    means = np.concatenate([_mean(vae, batch) for batch in batches])
    if label_names is not None:
        label_names = [str(entry) for entry in label_names]
    content = {
        "name": str(name),
        "image_shape": list(shape),
        "value_range": _value_range(vae, x),
        "classes": classes,
        "label_names": label_names,
        "mean": _short(means.mean(axis=0)),
        "stddev": _short(means.std(axis=0)),
        "kl": None if activity.kl_per_dimension is None else _short(activity.kl_per_dimension),
        "mean_variance": _short(activity.mean_variance),
        "active": activity.active.tolist(),
        "prior": [_prior(vae, label) for label in _labels_of_prior(vae, classes)],
        "map": _plane(means),
        "latents": _short(means),
        "labels": None if labels is None else labels.tolist(),
    }
    path = pathlib.Path(folder, NAME)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(path) as temporary:
        temporary.write_text(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n")
    manifest.record(path.parent, {path.name: {"examples": len(means)}})
    return path


def _classes(vae):
    """Returns the number of labels of a conditional model, else None."""
    if not vae.conditional:
        return None
    counts = (getattr(part, "num_classes", None) for part in (vae.decoder, vae.encoder, vae.prior))
    count = next((count for count in counts if count), None)
    if count is None:
        raise ValueError("The explorer chooses a condition by its label. This model's condition is no label.")
    return count


def _held_out(dataset, limit):
    """Returns the first examples of a dataset, [N, ...], and their labels, int [N] or None."""
    images, labels = [], []
    with epoch.in_order():
        for batch in dataset:
            x, *rest = batch if isinstance(batch, tuple | list) else (batch,)
            images.append(np.asarray(x))
            labels.extend(np.asarray(part) for part in rest[:1] if not isinstance(part, tuple))
            if sum(map(len, images)) >= limit:
                break
    count = sum(map(len, images))
    if count < 2:
        raise arguments.invalid("dataset", "at least two examples, as a map needs them", dataset)
    if not labels:
        return np.concatenate(images)[:limit], None
    labels = np.concatenate(labels)[:limit]
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise arguments.invalid("dataset", "labels that are whole numbers, [B]", labels)
    return np.concatenate(images)[:limit], labels


def _mean(vae, batch):
    x, condition, _ = vae.unpack(batch)
    means = vae.encode(x, condition).mean().numpy().reshape(len(x), -1)
    finite.check("dataset", means)
    return means


def _value_range(vae, x):
    """Returns the values of black and white in the units of the decoder's mean."""
    if x.dtype == np.uint8:
        x = np.broadcast_to(np.array([0, 255], "uint8").reshape(2, 1, 1, 1), (2, *x.shape[1:]))
    x = vae.preprocess(x).numpy()
    return [float(np.nanmin(x)), float(np.nanmax(x))]


def _plane(means):
    """Returns the map's plane: center [D], and two orthonormal axes [D]."""
    size = means.shape[1]
    if size <= 2:
        return {"kind": "latents", "center": [0.0] * size, "axes": np.eye(2, size).tolist(), "explained": None}
    center = means.mean(axis=0)
    _, lengths, axes = np.linalg.svd(means.astype("float64") - center, full_matrices=False)
    axes = np.concatenate([axes, np.zeros([2, size])])[:2]  # two examples span but one direction
    # The sign of a component is arbitrary: its largest entry is positive.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    total = (lengths**2).sum()
    explained = np.append(lengths, 0.0)[:2] ** 2 / total if total else np.zeros(2)
    return {
        "kind": "components",
        "center": _short(center, 7),
        "axes": _short(np.where(largest < 0, -axes, axes), 7),
        "explained": _short(explained),
    }


def _labels_of_prior(vae, classes):
    """Returns the labels that p(z|label) depends on, or [None] for an unconditional prior."""
    return [*range(classes)] if networks.takes_condition(vae.prior) else [None]


def _prior(vae, label):
    """Returns p(z) or p(z|label): {"mean", "stddev"} of independent normals, or draws at temperatures 0 and 1."""
    condition = None if label is None else tf.constant([label])
    try:
        law = vae.prior_distribution(condition)
        mean, stddev = law.mean(), law.stddev()
        normal = tfd.Independent(tfd.Normal(mean, stddev), len(vae.posterior.event_shape))
        if np.all(np.abs(normal.kl_divergence(law)) < 1e-6):
            return {"mean": _short(np.ravel(mean)), "stddev": _short(np.ravel(stddev))}
    except NotImplementedError:  # TFP raises this if moments or a KL have no closed form
        pass
    size = int(np.prod(vae.posterior.event_shape))
    count = min(_DRAWS, max(2, _NUMBERS // (2 * size)))
    condition = None if label is None else tf.fill([count], label)
    # The same draws at two temperatures: at any temperature in between, they lie on the line from one to the other.
    # But for codes, between which there are none.
    ends = [vae.sample_prior(count, condition, end, seed=0) for end in (1.0 if vae.prior.of_codes else 0.0, 1.0)]
    centers, draws = (
        _short(np.broadcast_to(end, [count, *vae.posterior.event_shape]).reshape(count, -1)) for end in ends
    )
    return {"centers": centers, "draws": draws}


def _short(values, digits=4):
    values = np.asarray(values, "float64")
    if values.ndim > 1:
        return [_short(row, digits) for row in values]
    return [float(f"{value:.{digits}g}") for value in values]
