"""The law of z under a prior that can be drawn from and whose log p(z) nobody knows."""

from tfvae.hierarchy.shaped import Shaped


class WithoutDensity(Shaped):
    """p(z), for a prior's own `_sample_n` and `_mean`; no gradient of draws is promised.

    Args:
        prior: The `Prior`.
        batch: As for `Shaped`.
    """

    def __init__(self, prior, batch=None):
        self._prior = prior
        super().__init__(prior.event_shape, prior.float_dtype, batch, prior=prior)

    def _log_prob(self, z):
        raise NotImplementedError(
            f"log p(z) of a {type(self._prior).__name__} prior is an integral without closed form. Use "
            "terms.CrossEntropy, which asks for a bound on it."
        )
