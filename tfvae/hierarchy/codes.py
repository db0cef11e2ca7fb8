"""z of a prior that is one of the numbers of codes: the posterior looks them up."""

import tensorflow as tf

from tfvae.hierarchy.shaped import Shaped


def embedded(posterior, indices):
    """Returns z of the numbers of codes that a prior has drawn.

    Args:
        posterior: A quantised `Family`.
        indices: [N, ...], as the prior gives them.

    Returns:
        [N, *event_shape].
    """
    return posterior.embed(tf.reshape(indices, [-1, *posterior.indices_shape]))


class Embedded(Shaped):
    """The law of `embedded` of what a law of numbers draws.

    Args:
        law: The prior's, of numbers.
        posterior: A quantised `Family`.
    """

    def __init__(self, law, posterior):
        super().__init__(posterior.event_shape, posterior.float_dtype, law=law, posterior=posterior)
        self._law, self._posterior = law, posterior

    def _sample_n(self, n, seed=None):
        return embedded(self._posterior, self._law.sample(n, seed=seed))

    def _log_prob(self, z):
        raise NotImplementedError(
            "The prior is one of the numbers of codes: z has no density. Ask it for log p(k) of the numbers: "
            "vae.prior.distribution().log_prob(vae.encode(x).indices)."
        )
