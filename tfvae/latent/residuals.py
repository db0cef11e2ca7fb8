"""A likelihood fitted to what reconstructions miss, after the model has been trained."""

import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.arguments import kinds
from tfvae.composition import copies, parts
from tfvae.data import epoch
from tfvae.inputs import datasets, models
from tfvae.latent.inspection import chunks


def fit_likelihood(vae, dataset, likelihood, *, seed=0):
    """Returns a model like `vae` whose `likelihood` is fitted to the errors of its reconstructions.

    maximise E_q[log p(x|z)] over the scale of p(x|z), its loc and q(z|x) as they are

    The maximum has a closed form, the mean over the data of the statistics that a train step would move by; z is drawn
    as in training, and the networks run as in inference. Reconstructions stay what they were; log p(x), draws of x and
    their spread become those of the new likelihood. `vae` and `likelihood` are left as they are.

    So a model learns its loc with independent pixels of one scale, which is easy, and then gets pixels that depend on
    each other: `families.SpectralNormal`. It is the second step of feasible generalised least squares.

    Args:
        vae: The model, whose likelihood has a loc and nothing else that depends on z, such as that of
            `recipes.image_vae` and `sigma_vae`.
        dataset: Raw images [N, ...] or a finite dataset of batches, as for `fit`, with sample weights or without; for a
            conditional model (images, condition).
        likelihood: A family with an optimal scale: `families.SpectralNormal(event_shape)`, or `Normal` or `Laplace`
            with scale="optimal" or "optimal_dimension".
        seed: int, of the draws of z.

    Returns:
        A `VAE`, which is not compiled.

    Raises:
        ValueError: The likelihood has nothing to fit, another shape, or other parameters that depend on z; there is no
            data.

    >>> from tfvae import data, evaluation, families, recipes
    >>> images = data.digits("train")[0][:256]
    >>> vae = recipes.sigma_vae((8, 8, 1), 2)
    >>> vae.compile("adam")
    >>> history = vae.fit(images, epochs=1, verbose=0)
    >>> fitted = fit_likelihood(vae, images, families.SpectralNormal((8, 8, 1)))
    >>> batches = data.from_array(images)
    >>> bounds = [evaluation.log_likelihood(each, batches, 1, verbose=0).mean for each in (vae, fitted)]
    >>> bounds[0] < bounds[1]
    True
    """
    models.usable(vae)
    models.of_one_array(vae, "latent.fit_likelihood", "Give another likelihood to the model before it is trained.")
    _check(vae, likelihood)
    datasets.in_memory(dataset=dataset)
    kinds.ends("dataset", dataset)
    # Its record of errors is that of this data alone, whatever it was used for before.
    fresh = type(likelihood).from_config(likelihood.get_config())
    fresh.build((None, *vae.likelihood.features_shape))
    fresh.head.set_weights(vae.likelihood.head.get_weights())
    fitted = copies.with_parts(vae, likelihood=fresh)
    means, count = _statistics(fitted, dataset, seed)
    fitted.likelihood.move({name: tf.constant(mean, fitted.float_dtype) for name, mean in means.items()}, count)
    return fitted


def _check(vae, likelihood):
    parts.expect("likelihood", likelihood, parts.Family, "families.SpectralNormal((64, 64, 3))")
    if not likelihood.statistic_shapes():
        raise arguments.invalid(
            "likelihood", "a family with an optimal scale, such as families.SpectralNormal((64, 64, 3))", likelihood
        )
    own, other = vae.likelihood.head_shapes(), likelihood.head_shapes()
    if own != other:
        raise ValueError(
            "Invalid value for argument `likelihood`. Expected one that takes from the decoder what the model's does, "
            f"{own}: its weights are kept. Received: {likelihood!r}, which takes {other}. Train the model with a "
            'likelihood such as families.Normal(event_shape, scale="optimal"), and fit this one afterwards.'
        )


def _statistics(vae, dataset, seed):
    """Returns {name: mean over the data, float64} of the likelihood's statistics, and the sum of the weights."""
    base, family = random.as_seed(seed, None), vae.likelihood

    def of_batch(x, condition, weights, seed):
        inference = vae.infer(x, condition, num_samples=1, seed=seed)
        return family.statistics(inference.likelihood, inference.x, tf.cast(weights, vae.float_dtype))

    compiled = tf.function(of_batch, autograph=False, reduce_retracing=True)
    sums, count = {name: 0.0 for name in family.statistic_shapes()}, 0.0
    with epoch.in_order():
        for number, batch in enumerate(chunks("dataset", dataset)):
            x, condition, weights = vae.unpack(batch)
            vae.preprocess(x)  # refuses values that a graph can't see
            weights = np.ones(len(x)) if weights is None else np.asarray(weights, "float64")
            found = compiled(x, condition, weights, random.fold(base, number))
            sums = {name: total + found[name].numpy().astype("float64") for name, total in sums.items()}
            count += weights.sum()
    if not count:
        raise ValueError("Invalid value for argument `dataset`. Expected images. Received none.")
    return {name: total / count for name, total in sums.items()}, count
