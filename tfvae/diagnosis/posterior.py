"""Whether the family of q(z|x) or the encoder loses nats."""

import numpy as np

from tfvae import families, terms
from tfvae.diagnosis.finding import Finding
from tfvae.evaluation import gaps
from tfvae.evaluation.estimate import of_examples
from tfvae.families import flows

# From here on a covariance has too many numbers for a head.
_LARGE = 64
_WIDTH = 64


def check(vae, test, seed):
    """Returns the findings on q(z|x).

    Args:
        vae: The model.
        test: Batches, of some hundred examples at most.
        seed: int.
    """
    if vae.posterior.modalities is not None:
        return []
    own = gaps(vae, test, seed=seed, verbose=0)
    found = [
        Finding(
            "encoder",
            "it doesn't find the best q(z|x) that the family has.",
            own.amortisation,
            "at most",
            "Take a wider or deeper encoder; where training data show no such gap, more data or augmentation.",
            {},
        )
    ]
    other = _richer(vae)
    if other is not None:
        family, sampled = other
        richer = gaps(vae, test, family, seed=seed, verbose=0)
        won = of_examples(np.subtract(np.asarray(richer.best_elbo.per_example), np.asarray(own.best_elbo.per_example)))
        says = "p(z|x) is of a shape that the family hasn't."
        # The encoder has to find that q, too, and a richer one is harder to find.
        advice = "Take a richer family, and an encoder that is wide enough for it."
        found.append(Finding("posterior", says, won, "at most", advice, _change(family, sampled)))
    return found


def _richer(vae):
    """Returns (another family, whether its KL has to be sampled), or None where there is none to try."""
    posterior = vae.posterior
    if posterior.latent_shapes is not None or set(posterior.measure) != {"real"} or len(posterior.event_shape) != 1:
        return None
    if type(posterior) is families.Normal and posterior.event_shape[0] <= _LARGE:
        return families.MultivariateNormal(posterior.event_shape), False
    shape = posterior.event_shape
    flow = flows.InverseAutoregressive(shape, units=(_WIDTH,))
    return families.Transformed(families.Normal(shape), [flow]), True


def _change(family, sampled):
    fresh = type(family).from_config(family.get_config())
    if not sampled:
        return {"posterior": fresh}
    return {"posterior": fresh, "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]}
