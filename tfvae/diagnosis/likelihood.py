"""Whether another likelihood with the same mean would say more of the errors of the reconstructions."""

from tfvae import families, latent
from tfvae.diagnosis.bounds import elbos
from tfvae.diagnosis.finding import Finding
from tfvae.evaluation.estimate import of_examples

# Pictures of fewer pixels a side have hardly any frequencies.
_SIDE = 16


def check(vae, train, test, before, seed):
    """Returns the findings on p(x|z): none, or that of the likelihood which wins most.

    Each is fitted to the errors on the training data in one pass, its mean and q(z|x) as they are, and measured on
    held-out data.

    Args:
        vae: The model.
        train: Batches.
        test: Batches.
        before: [N], the ELBO of the held-out examples by the model itself.
        seed: int.
    """
    # Only what doesn't depend on z besides the mean can be fitted after the rest.
    if set(vae.likelihood.head_shapes()) != {"loc"}:
        return []
    won = []
    for family, says, advice in _others(vae.likelihood.event_shape):
        if repr(family) == repr(vae.likelihood):
            continue
        fitted = latent.fit_likelihood(vae, train, family, seed=seed)
        won.append(
            Finding(
                "likelihood",
                says,
                of_examples(elbos(fitted, test, seed) - before),
                "at least",
                advice,
                {"likelihood": family},
            )
        )
    return sorted(won, key=lambda finding: -finding.nats.value)[:1]


def _others(shape):
    """Returns (family, what its winning says, what to do) of each likelihood that is tried."""
    yield (
        families.Normal(shape, scale="optimal"),
        "its scale is not that of the errors.",
        "Let the scale follow the errors.",
    )
    yield (
        families.Normal(shape, scale="optimal_dimension"),
        "dimensions have errors of different size, and it has one scale for all, or others.",
        "Give each dimension its scale.",
    )
    yield (
        families.Laplace(shape, scale="optimal_dimension"),
        "errors are mostly small and now and then large, which a Gaussian is not.",
        "Take a law with heavier tails.",
    )
    if len(shape) == 3 and min(shape[:2]) >= _SIDE:
        yield (
            families.SpectralNormal(shape),
            "near pixels err together, and it takes them to be independent.",
            "Give each frequency its noise; it is fitted afterwards, by latent.fit_likelihood.",
        )
