"""Which latent dimensions a model uses."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.data import epoch
from tfvae.inputs import datasets, models
from tfvae.terms.kl import kl_per_dimension


class Activity(NamedTuple):
    """What each of the D dimensions of the flattened latent carries.

    Attributes:
        kl_per_dimension: [D], nats, mean over the examples of the KL from the
            prior; None where posterior and prior have no closed form that
            factorises. Under a prior that factorises it sums to the metric `kl`. Below the top
            one of several stochastic layers it is from the prior of the layer, at a draw of
            those above; `vae.posterior.split` gives those of each layer.
        mean_variance: [D], variance over the examples of the posterior's mean,
            in the latent's units squared.
        active: [D], bool, whether `mean_variance` is above the threshold.
    """

    kl_per_dimension: np.ndarray | None
    mean_variance: np.ndarray
    active: np.ndarray


def _kl(vae, latents) -> Any:
    if not vae.posterior.has_density or not vae.prior.has_density(vae.posterior):
        return None
    try:
        kls = [kl_per_dimension(latent.posterior, latent.prior) for latent in latents]
    except NotImplementedError:  # raised by TFP for a pair without closed form
        return None
    return None if any(kl is None for kl in kls) else tf.concat(kls, axis=-1)


def _batch(vae, x, condition, seed):
    """Returns the posterior means [B, D] and the KLs [B, D], or [0] where there are none."""
    x = vae.preprocess(x, random.fold(seed, 0))
    posterior = vae.encode_preprocessed(x, condition)
    means = posterior.mean()
    # Only the layers below the top one depend on the draw, and a graph computes nothing else of it.
    kl = _kl(vae, vae.infer_from(posterior, x, condition, 1, random.fold(seed, 1)).latents)
    means = tf.reshape(means, [tf.shape(means)[0], -1])
    return means, tf.zeros([0], means.dtype) if kl is None else kl


def activity(vae, dataset, threshold=0.01, seed=0):
    """Measures the KL and the activity of each latent dimension.

    active_d  iff  Var_x(E[q(z_d|x)]) > threshold

    A dimension whose posterior doesn't depend on x tells the decoder nothing.
    Reference: Burda et al. (2016), arXiv 1509.00519, section 5.2, with the threshold
    0.01.

    Args:
        vae: The model.
        dataset: Batches as for `fit`, finite; sample weights are ignored.
        threshold: In the latent's units squared.
        seed: int, for preprocessing with noise.

    Returns:
        An `Activity`.

    Raises:
        ValueError: Fewer than two examples, an array instead of batches, or a
            threshold that is not a number >= 0.

    >>> from tfvae import data, evaluation, recipes
    >>> vae = recipes.vae((8, 8, 1), latent_size=2, preprocessing=data.Binarize())
    >>> images, labels = data.digits("validation")
    >>> evaluation.activity(vae, data.from_array(images)).active
    array([ True,  True])
    """
    models.usable(vae)
    arguments.number("threshold", threshold, "a number >= 0", minimum=0)
    datasets.batches("dataset", dataset, vae=vae)
    # Made anew in each call: a function kept outside the model would keep the model alive.
    compiled = tf.function(lambda *inputs: _batch(vae, *inputs), autograph=False, reduce_retracing=True)
    base = random.as_seed(seed, None)
    count, mean, squares, kl_sum = 0, 0.0, 0.0, 0.0
    with epoch.in_order():
        for number, batch in enumerate(dataset):
            x, condition, _ = vae.unpack(batch)
            tensors = compiled(x, condition, random.fold(base, number))
            means, kl = (tensor.numpy().astype("float64") for tensor in tensors)
            # Chan et al. (1983): merges the variances of two sets, where sums of squares would cancel.
            size, centre = len(means), means.mean(axis=0)
            shift = centre - mean
            squares = squares + ((means - centre) ** 2).sum(axis=0) + shift**2 * (count * size / (count + size))
            mean = mean + shift * (size / (count + size))
            count += size
            kl_sum = kl_sum + kl.sum(axis=0)
    if count < 2:
        raise ValueError(
            "Invalid value for argument `dataset`. Expected at least two examples, as a variance needs them. "
            f"Received: {count}"
        )
    variance = np.asarray(squares / count)
    mean_kl = np.asarray(kl_sum / count)
    return Activity(mean_kl if mean_kl.ndim else None, variance, variance > threshold)
