"""A report's pictures: samples, reconstructions, traversals, and where examples lie in the latent space."""

from tfvae_cli import conditions, drawn, images, modalities
from tfvae_cli.problem import Problem

_SAMPLES, _SAMPLES_PER_ROW = 48, 12
_PAIRS, _PAIRS_PER_ROW = 24, 6
_DIMENSIONS, _STEPS = 10, 9
# Of the means of q(z|x) in a dimension: what a traversal runs through.
_SHARES = (0.02, 0.98)


def samples(subject, options, found, pictures):
    """Draws samples."""
    vae = subject.vae
    _check(vae)
    x = vae.sample(_SAMPLES, conditions.of(vae, _SAMPLES), seed=options.seed)
    pictures["samples"] = _grid(_shown(vae, x), _SAMPLES_PER_ROW)
    return {"count": _SAMPLES}


def reconstructions(subject, options, found, pictures):
    """Draws examples, each with its reconstruction to the right."""
    import numpy as np

    from tfvae import pictures as grids

    vae = subject.vae
    _check(vae)
    x, condition = _joined(vae, subject.batches(_PAIRS))
    again = _shown(vae, vae.reconstruct(x, condition, seed=options.seed))
    original = np.asarray(x["image"] if modalities.has(vae) else x)
    # What is missing is drawn black.
    original = original if original.dtype.kind in "biu" else np.nan_to_num(original, nan=0.0)
    pictures["reconstructions"] = _grid(grids.beside(original, again), 2 * _PAIRS_PER_ROW)
    return {"count": len(original)}


def plane(subject, options, found, pictures):
    """Returns where the means of q(z|x) lie: two latents as they are, of more the first two principal components."""
    import numpy as np

    means = subject.means
    points, explained = means, None
    if means.shape[1] > 2:
        centred = means - means.mean(axis=0)
        _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
        points = centred @ axes[:2].T
        explained = lengths[:2] ** 2 / max(float((lengths**2).sum()), np.finfo("float64").tiny)
    points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    names = subject.info.label_names
    return {
        "points": points.round(4),
        "explained": explained,
        "labels": subject.labels,
        "label_names": None if names is None else list(map(str, names)),
    }


def traversals(subject, options, found, pictures):
    """Draws what the dimensions do that carry most, each by itself, around one example's mean of q(z|x)."""
    import numpy as np

    from tfvae import latent

    vae = subject.vae
    _check(vae)
    if hasattr(vae.posterior, "embed"):
        raise Problem("Latents are codes, between which there is nothing.")
    if vae.posterior.curved:
        raise Problem("Latents lie on a curved space, off which it leads to change one number alone.")
    means = subject.means
    activity = found.get("activity", {})
    carried = activity.get("kl_per_dimension")
    carried = means.var(axis=0) if carried is None else carried
    dimensions = np.argsort(-np.asarray(carried), kind="stable")[:_DIMENSIONS]
    low, high = np.quantile(means[:, dimensions], _SHARES, axis=0)
    values = np.linspace(low, high, _STEPS, axis=1)
    z = means[0].reshape(vae.posterior.event_shape).astype(vae.float_dtype)
    _, condition = _joined(vae, subject.batches(len(subject.images)).take(1))
    condition = None if condition is None else condition[0]
    rows = [
        _shown(vae, latent.traversal(vae, z, [dimension], steps, condition), leading=1)
        for dimension, steps in zip(dimensions, values, strict=True)
    ]
    pictures["traversals"] = _grid(np.concatenate(rows), _STEPS)
    return {"dimensions": dimensions, "values": values.round(4)}


def _check(vae):
    shape = modalities.image_shape(vae)
    if not drawn.is_picture(shape):
        raise Problem(f"Examples of shape {shape} are no pictures.")


def _joined(vae, dataset):
    """Returns all x of a dataset and their conditions, or None."""
    import numpy as np
    import tensorflow as tf

    if modalities.has(vae):  # whose batches `unpack` would make one vector of
        found = [(batch, None) for batch in dataset]
    else:
        found = [(x, condition) for x, condition, _ in map(vae.unpack, dataset)]
    x, condition = (list(each) for each in zip(*found, strict=True))
    together = tf.nest.map_structure(lambda *parts: np.concatenate(parts), *x)
    return together, None if condition[0] is None else np.concatenate(condition)


def _shown(vae, x, leading=0):
    """Returns x as pictures; `leading` axes of length 1 go."""
    import numpy as np

    x = np.asarray(x["image"] if modalities.has(vae) else x)
    x = x[(0,) * leading]
    if vae.preprocessing is not None and not modalities.has(vae):
        try:
            x = vae.preprocessing.intensity(x)
        except NotImplementedError:
            pass  # as it is: a user's own step needn't say
    return np.asarray(x)


def _grid(x, columns):
    from tfvae import pictures

    return pictures.grid(x, columns, images.zoom(x, columns))
