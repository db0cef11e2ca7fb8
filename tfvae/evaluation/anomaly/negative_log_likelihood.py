"""How improbable a model finds an example."""

from tfvae import arguments
from tfvae.evaluation import likelihood
from tfvae.evaluation.anomaly.score import Shown
from tfvae.inputs import models


class NegativeLogLikelihood(Shown):
    """How improbable the model finds x.

    s(x) = -log p(x) ~ -log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    With one draw it is an estimate of the negative ELBO. A model may find other data more probable than its own
    (Nalisnick et al. 2019, Do deep generative models know what they don't know?, arXiv 1810.09136): pictures that are
    simpler, for instance. A two-sided p-value then sees it, as do `TypicalSet`, `InputComplexity` and
    `LikelihoodRatio`.

    Reference: Bishop (1994), Novelty detection and neural network validation; Burda et al. (2016), arXiv 1509.00519,
    equation 8.

    Args:
        vae: A model whose posterior, prior and likelihood have densities.
        num_samples: K, draws of z for each example.

    Raises:
        ValueError: `vae` is no model, or K no positive int.

    >>> import numpy as np
    >>> from tfvae import data, recipes
    >>> vae = recipes.vae((8, 8, 1), latent_size=2)
    >>> NegativeLogLikelihood(vae, num_samples=5)(data.from_array(data.digits("test")[0][:3])).shape
    (3,)
    """

    def __init__(self, vae, num_samples=100):
        models.expect(vae)
        self.vae = vae
        self.num_samples = arguments.integer("num_samples", num_samples)

    def __call__(self, dataset, seed=0, verbose=0):
        """Returns the scores of a dataset, float64 [N] in nats, by draws that `seed` decides."""
        return -likelihood.log_likelihood(self.vae, dataset, self.num_samples, seed, verbose).per_example
