"""The covariance of the latents, held at the identity."""

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.devices import replicas
from tfvae.terms.factorised import factorised
from tfvae.terms.term import Term, Weight, refuse_layers


@register
class Covariance(Term):
    """The squared distance of the covariance of the latents from the identity.

    off_diagonal sum_{i != j} C_ij^2 + diagonal sum_i (C_ii - 1)^2

    C = Cov[mu(x)] is that of the means mu(x) of q(z|x) over the batch, DIP-VAE-I; or with `of_draws` that of z itself,
    C = Cov[mu(x)] + E[Cov(z|x)], DIP-VAE-II. It needs no draw. The batch is that of all replicas, whose covariance is
    divided by its size, and a sample weight of 2 is the same as the example standing in it twice. Dimensions of a batch
    of B examples are correlated by chance by 1 / sqrt(B): the batch should be larger than the number of dimensions.

    Reference: Kumar, Sattigeri and Balakrishnan (2018), Variational inference of disentangled latent concepts from
    unlabeled observations, arXiv 1711.00848, equations 5 to 7.

    Args:
        off_diagonal: lambda_od.
        diagonal: lambda_d.
        of_draws: Whether C is that of z, and not of its means.
        weight: Nats for each unit, or a schedule.

    Raises:
        ValueError: A negative number; when the model is made, a posterior whose mean and covariance are
            not known; in `fit`, batches of one example.

    >>> Covariance(off_diagonal=5.0, diagonal=50.0)
    Covariance(off_diagonal=5.0, diagonal=50.0)
    """

    couples_examples = True
    least_examples = 2

    def __init__(self, off_diagonal=2.0, diagonal=2.0, of_draws=False, weight: Weight = 1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)
        for argument, value in (("off_diagonal", off_diagonal), ("diagonal", diagonal)):
            arguments.number(argument, value, "a number >= 0", minimum=0)
        self.off_diagonal = off_diagonal
        self.diagonal = diagonal
        self.of_draws = of_draws

    def check(self, posterior, prior, likelihood):
        """Refuses several stochastic layers, and a posterior whose moments are not known."""
        super().check(posterior, prior, likelihood)
        refuse_layers(self, posterior)
        # Also where only the means are asked for: the mean of a flow's law is not its expectation.
        with arguments.explained(
            f"Covariance needs the mean and the covariance of q(z|x), and those of a {type(posterior).__name__} "
            "posterior are not known. Use another posterior, such as families.Normal. It says:"
        ):
            _spread(posterior.pairs(prior)[0][0])

    def value(self, inference):
        """Returns [B], each the batch's."""
        law = inference.latents[0].posterior
        mean = law.mean()
        mean = tf.reshape(mean, [tf.shape(mean)[0], law.event_shape.num_elements()])
        centred = mean - inference.batch_mean(mean)
        weights = tf.cast(inference.weights, mean.dtype)
        # A product of matrices in place of the mean of one matrix for each example.
        covariance = replicas.all_sum(tf.matmul(weights[:, None] * centred, centred, transpose_a=True))
        if self.of_draws:
            covariance += inference.batch_mean(_spread(law))
        variances = tf.linalg.diag_part(covariance)
        others = tf.reduce_sum(covariance**2) - tf.reduce_sum(variances**2)
        return inference.alike(self.off_diagonal * others + self.diagonal * tf.reduce_sum((variances - 1) ** 2))


def _spread(law):
    """Returns the covariance of a law of flattened events, [B, D, D]."""
    if not factorised(law):
        return law.covariance()
    variance = law.variance()
    return tf.linalg.diag(tf.reshape(variance, [tf.shape(variance)[0], law.event_shape.num_elements()]))
