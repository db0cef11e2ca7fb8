"""How much what a model generates is like the data, in the features of a network."""

from typing import Any, NamedTuple

import keras
import numpy as np

from tfvae import arguments, random
from tfvae.evaluation import compared, features, frechet, intensities, neighbourhoods
from tfvae.evaluation.estimate import Estimate
from tfvae.evaluation.kernel_distance import kernel_distance

# Ways of halving the images, for an error: it is then known to about a fifth of itself.
_HALVINGS = 20


class Fidelity(NamedTuple):
    """How much generated images are like real ones.

    Attributes:
        frechet: Squared Frechet distance d^2 of the features, 0 for equal distributions. Too large by about c / N:
            compare figures of one N.
        frechet_extrapolated: d^2 for infinitely many images, extrapolated from N and N/2; may be negative. Good for
            N well above the number of features.
        kernel: Squared kernel distance MMD^2, unbiased whatever N is; may be negative.
        precision: Share of generated images among the real ones: are they good?
        recall: Share of real images among the generated ones: are they all there?
        density: As `precision`, but counts how often, so that one outlier among the real images weighs little; may be
            above 1.
        coverage: Share of real images with a generated one beside them.
        num_images: N of each set.
        num_features: D.
        network: Which network the features are of, with a hash of its weights. Figures of two networks can't be
            compared.
        neighbours: k of the last four.
    """

    frechet: Estimate
    frechet_extrapolated: Estimate
    kernel: Estimate
    precision: Estimate
    recall: Estimate
    density: Estimate
    coverage: Estimate
    num_images: int
    num_features: int
    network: str
    neighbours: int


def fidelity(
    real: Any,
    generated: Any,
    network: Any = None,
    *,
    count: Any = None,
    neighbours=5,
    mean=True,
    seed=0,
    verbose: Any = "auto",
):
    """Compares generated images with real ones, in the features of a network.

    The images of both sets are intensities in [0, 1]: bytes are divided by 255. Of a model's own the real ones are what
    its preprocessing makes of them, without its noise (for `data.DynamicBinarize` grey, for `data.Binarize` black and
    white), and samples are clipped. Both sets have the same number of images, picked at random where there are more.

    Without a network the features are the values themselves, which for pictures is refused: a distance of pixels
    prefers a blurred picture to one moved by a pixel.

    Memory holds the features, 16 N D bytes, and their covariances, never all images; time is of the order
    N D^2 + D^3 + 10 N^2 D.

    References: Heusel et al. (2017), arXiv 1706.08500 (Frechet distance); Chong and Forsyth (2020), arXiv 1911.07023
    (its extrapolation); Binkowski et al. (2018), arXiv 1801.01401 (kernel distance); Kynkaanniemi et al. (2019), arXiv
    1904.06991 (precision and recall); Naeem et al. (2020), arXiv 2002.09797 (density and coverage, and k = 5).

    Args:
        real: Raw images, an array [N, ...] or a finite dataset of batches, as for `fit`.
        generated: Images likewise; or a `VAE`, which samples as many, with the conditions of the real ones where it
            takes any.
        network: A Keras model from intensities to features, such as `evaluation.classifier(train).features` or
            `evaluation.adapted(...)`; None for vectors.
        count: N, images of each set; None takes all of the smaller one.
        neighbours: k. Kynkaanniemi et al. have 3.
        mean: Whether a model's samples are means of p(x|z) rather than draws from it.
        seed: int, of the samples and of what is picked.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `Fidelity` of `Estimate`s.

    Raises:
        ValueError: Fewer than 2 (k + 1) images, or fewer than `count`; values that are no intensities; no network for
            pictures, or one that doesn't take them; sets of different sizes of image.

    >>> import numpy as np
    >>> values = np.random.default_rng(0).normal(size=[400, 2])
    >>> found = fidelity(values[:200], values[200:] + 30.0, verbose=0)
    >>> found.precision.value, found.num_images, found.num_features
    (0.0, 200, 2)
    """
    features.check(network)
    neighbours = arguments.integer("neighbours", neighbours)
    least = 2 * (neighbours + 1)
    if count is not None:
        count = arguments.integer("count", count, f"an int >= {least}, as the errors need, or None", minimum=least)
    base = random.as_seed(seed, None)
    extract = _of_values if network is None else features.of(network)
    model = generated if hasattr(generated, "infer") else None
    if model is not None:
        compared.usable(model)
    bar = keras.utils.Progbar(None, verbose=1 if verbose == "auto" else verbose, unit_name="batch")
    seen, conditions = compared.read("real", real, extract, model, bar)
    if model is None:
        made, _ = compared.read("generated", generated, extract, None, bar)
        pick = _picked(seen, made, count, least)
        if seen.shape[1] != made.shape[1]:
            raise ValueError(
                f"Invalid value for argument `generated`. Expected images like those of `real`, with {seen.shape[1]} "
                f"features each. Received: {made.shape[1]}."
            )
        made = made[compared.order(len(made), random.fold(base, 1))[:pick]]
        seen = seen[compared.order(len(seen), random.fold(base, 0))[:pick]]
    else:
        pick = _picked(seen, seen, count, least)
        rows = compared.order(len(seen), random.fold(base, 0))[:pick]
        seen = seen[rows]
        conditions = None if conditions is None else conditions[rows]
        made = []
        for x in compared.drawn(model, pick, conditions, mean, random.fold(base, 1)):
            made.append(extract(x))
            bar.add(1)
        made = np.concatenate(made)
    orders = [compared.order(pick, random.fold(base, 2, number)) for number in range(_HALVINGS)]
    found = neighbourhoods.estimates(seen, made, neighbours, orders)
    extent = {"num_images": pick, "num_features": seen.shape[1], "neighbours": neighbours}
    distances = frechet.estimates(seen, made)
    return Fidelity(*distances, kernel_distance(seen, made), **found, **extent, network=features.name(network))


def _of_values(x):
    """Returns the values of x as its features; refuses pictures."""
    if intensities.is_picture(x.shape[1:]):
        raise ValueError(
            "Invalid value for argument `network`. Expected one for pictures: a Keras model from intensities "
            "to features, such as evaluation.classifier(train).features of labelled data, "
            "evaluation.classifier(evaluation.rotations(images)).features of any, or evaluation.adapted(...) "
            "of a network of keras.applications. Received: network=None"
        )
    return features.of(None)(x)


def _picked(seen, made, count, least):
    """Returns how many images of each set there will be."""
    there = min(len(seen), len(made))
    if there < max(least, count or 0):
        what = f"at least {least}, as the errors need" if count is None or there < least else f"`count`, {count}"
        raise ValueError(
            f"Expected as many images in each set as {what}. Received: {len(seen)} real, {len(made)} made."
        )
    return there if count is None else count
