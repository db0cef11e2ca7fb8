"""What is refused stands in tests/errors; here what is not."""

import pytest

from tests.models import LATENT
from tfvae import families, flows, priors
from tfvae.priors.common_space import refuse_strangers


def _fixed(name, **parameters):
    return priors.Fixed(families.Of(name, LATENT), parameters)


TOGETHER = {
    "a bounded posterior within all numbers": lambda: (families.Uniform(LATENT), priors.StandardNormal(LATENT)),
    "one interval": lambda: (
        families.Uniform(LATENT),
        priors.Fixed(families.Uniform(LATENT), {"low": -1.0, "high": 1.0}),
    ),
    "heavy tails": lambda: (families.StudentT(LATENT), priors.StandardNormal(LATENT)),
    "positive numbers": lambda: (families.Of("LogNormal", LATENT), _fixed("Gamma", concentration=2.0, rate=1.0)),
    "positive numbers, the other way": lambda: (families.Of("Gamma", LATENT), _fixed("LogNormal", loc=0.0, scale=1.0)),
    "relaxed bits within all numbers": lambda: (families.RelaxedBernoulli(LATENT), priors.GaussianMixture(LATENT, 3)),
    "a simplex by two names": lambda: (
        families.RelaxedCategorical((2, 3)),
        priors.Fixed(families.Of("Dirichlet", (2, 3)), {"concentration": [[1.0] * 3] * 2}),
    ),
    "bits by two names": lambda: (
        families.RelaxedBernoulli(LATENT, straight_through=True),
        priors.Fixed(families.Bernoulli(LATENT), {"logits": 0.0}),
    ),
    "pieces beside a whole": lambda: (
        families.Joint([families.Normal((1,)), families.Laplace((2,))]),
        priors.StandardNormal(LATENT),
    ),
    "a flow": lambda: (
        families.Transformed(families.Normal(LATENT), flows.Planar(LATENT)),
        priors.Learned(families.MultivariateNormal(LATENT)),
    ),
    "posteriors of itself": lambda: (families.Normal(LATENT), priors.VampPrior(LATENT, (8, 8, 1), 3)),
    "spheres by two names": lambda: (families.VonMisesFisher((2, 2)), priors.Learned(families.PowerSpherical((2, 2)))),
    "a sphere of draws, and all of it": lambda: (
        families.SemiImplicit(families.PowerSpherical(LATENT)),
        priors.HypersphericalUniform(LATENT),
    ),
    "hyperbolic space beside flat one": lambda: (
        families.Joint([families.WrappedNormal((2,)), families.Normal((1,))]),
        priors.Product([priors.Learned(families.WrappedNormal((2,))), priors.StandardNormal((1,))]),
    ),
    "a point, which no density is asked of": lambda: (
        families.Deterministic(LATENT),
        priors.Fixed(families.Bernoulli(LATENT), {"logits": 0.0}),
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_laws_of_one_z_go_together(name):
    posterior, prior = TOGETHER[name]()
    assert refuse_strangers(posterior, prior) is None
