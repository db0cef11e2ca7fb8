"""The three parts of the average KL, of which each knows the aggregate posterior by the examples of a batch."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.factorised import factorised
from tfvae.terms.term import Term, Weight, refuse_layers


class Densities(NamedTuple):
    """Estimates at each draw of each example, [K, B] in nats.

    Attributes:
        joint: Of log q(z).
        product: Of log prod_j q(z_j).
    """

    joint: tf.Tensor
    product: tf.Tensor


def densities(inference, num_samples, dataset_size=None):
    """Returns estimates of the aggregate posterior's log density, q(z) = mean over the data of q(z|x).

    log q(z_i) ~ log sum_j W_ij q(z_i|x_j),  W_ii = f w_i,  W_ij = (1 - f w_i) w_j / (1 - w_i)

    z_i is drawn from q(z|x_i), w_j is the share of example j in the batch of all replicas, and f that of the batch in
    the data. Each dimension's density is estimated likewise.

    Args:
        inference: A `tfvae.inference.Inference`, whose q(z|x) is factorised.
        num_samples: K.
        dataset_size: Examples in the data; None takes the batch for all of them.

    Returns:
        `Densities`.
    """
    law, z = inference.latents[0].posterior.distribution, inference.latents[0].z[:num_samples]
    own = inference.rows
    every = inference.whole_batch(tf.experimental.numpy.moveaxis(z, 0, 1))
    # All draws under this replica's own posteriors, and then those of the others: so no law is asked for parameters.
    each = law.log_prob(every[:, :, None])
    each = tf.reshape(each, [*tf.unstack(tf.shape(each)[:3]), z.shape[2:].num_elements()])
    each = inference.whole_batch(tf.transpose(each, [2, 0, 1, 3]))
    each = tf.gather(each, own, axis=1)
    weights = tf.math.log(tf.maximum(_weights(inference, dataset_size, each.dtype), np.finfo(each.dtype.name).tiny))
    weights = tf.transpose(weights)[:, :, None]
    joint = tf.reduce_logsumexp(weights + tf.reduce_sum(each, axis=-1), axis=0)
    marginal = tf.reduce_logsumexp(tf.expand_dims(weights, -1) + each, axis=0)
    return Densities(tf.transpose(joint), tf.transpose(tf.reduce_sum(marginal, axis=-1)))


def _weights(inference, dataset_size, dtype):
    """Returns W, [B, N] for own i and every j."""
    share = tf.cast(inference.weights, dtype)[:, None]
    every = tf.cast(inference.whole_batch(inference.weights), dtype)
    itself = tf.equal(inference.rows[:, None], tf.range(tf.shape(every)[0]))
    others = tf.where(itself, tf.zeros([], dtype), every)
    rest = tf.reduce_sum(others, axis=1, keepdims=True)
    fraction = tf.ones([], dtype) if dataset_size is None else tf.cast(inference.count, dtype) / dataset_size
    # Where no other example has a weight, the one that has it is all that is known.
    mass = tf.where(rest > 0, tf.minimum(fraction, 1.0) * share, 1.0)
    return tf.where(itself, mass, (1 - mass) * tf.math.divide_no_nan(others, rest))


class AggregateTerm(Term):
    """A term of log q(z) and log prod_j q(z_j), q(z) = mean over the data of q(z|x).

    Args:
        dataset_size: As for `BatchTotalCorrelation`.
        weight: As for every term.
        num_samples: K.
    """

    needs_posterior_density = True
    needs_density_anywhere = True
    couples_examples = True
    least_examples = 2

    def __init__(self, dataset_size=None, weight: Weight = 1.0, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        if dataset_size is not None:
            expected = "how many examples the training data have, or None"
            dataset_size = arguments.integer("dataset_size", dataset_size, expected)
        self.dataset_size = dataset_size

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior that isn't factorised, or whose draws don't vary smoothly with its parameters."""
        super().check(posterior, prior, likelihood)
        refuse_layers(self, posterior)
        if not (factorised(posterior.pairs(prior)[0][0]) and posterior.path_gradient):
            raise ValueError(
                f"{type(self).__name__} needs the density of each dimension of z by itself, and draws that vary "
                f"smoothly with it, and a {type(posterior).__name__} posterior has not both. Use a factorised one, "
                "such as families.Normal, or for the total correlation terms.TotalCorrelation, by a critic."
            )

    def densities(self, inference):
        """Returns `Densities`; terms of the same estimate share it."""
        key = ("aggregate", self.num_samples, self.dataset_size)
        return inference.once(key, lambda: densities(inference, self.num_samples, self.dataset_size))


@register
class BatchTotalCorrelation(AggregateTerm):
    """KL(q(z) || prod_j q(z_j)), the total correlation of the aggregate posterior, from a batch and without a critic.

    E[log q(z) - sum_j log q(z_j)],  log q(z_i) ~ log sum_k W_ik q(z_i|x_k)

    in nats, z_i ~ q(z|x_i). With a `dataset_size` N the sum inside the logarithm is an unbiased estimate of q(z_i)
    given x_i, by minibatch-stratified sampling: of B examples x_i has the weight W_ii = 1/N, any other
    W_ik = (N - 1) / (N (B - 1)). That is the paper's estimate, averaged over the order of the batch. Without it,
    W_ik = 1/B: minibatch-weighted sampling, but for its constant log N, which has no gradient. Where the batch is the
    whole of the data both are exact; else the logarithm makes them biased, and the more so the smaller the batch is.

    The batch is that of all replicas. A sample weight r is the example's weight in q(z): with a `dataset_size`, which
    then is the sum of the weights, W_ii = r_i / N. Time and memory are of the order of the squared batch size. Beside a
    VAE's objective, with weight beta - 1, it makes a beta-TC-VAE. Of batches of the size of an evaluation's the value
    is another; compare values of one batch size.

    Reference: Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in variational autoencoders,
    arXiv 1802.04942, equations 2, 4 and 5, appendix C.

    Args:
        dataset_size: N, how many examples the training data have; None for minibatch-weighted sampling.
        weight: beta - 1 of the beta-TC-VAE, or a schedule.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: A `dataset_size` that is no number of examples; when the model is made, a posterior that isn't
            factorised, or has no density at any z; in `fit`, batches of one example.

    >>> BatchTotalCorrelation(60_000, weight=5.0)
    BatchTotalCorrelation(dataset_size=60000, weight=5.0)
    """

    def value(self, inference):
        """Returns [B]."""
        found = self.densities(inference)
        return tf.reduce_mean(found.joint - found.product, axis=0)


@register
class MutualInformation(AggregateTerm):
    """KL(q(z, n) || q(z) p(n)), the index-code mutual information: what z says of which example it is of, in nats.

    E[log q(z|x) - log q(z)]

    q(z) is estimated as for `BatchTotalCorrelation`. This term, that one and `DimensionwiseKL`, of one `dataset_size`,
    add up to KL(q(z|x) || p(z)) by one draw, whatever the batch. Of a batch of B examples it is below log B without a
    `dataset_size`, and with one below log N.

    Reference: Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in variational autoencoders,
    arXiv 1802.04942, equation 2; Hoffman and Johnson (2016), ELBO surgery.

    Args:
        dataset_size: As for `BatchTotalCorrelation`.
        weight: alpha of the beta-TC-VAE, or a schedule.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: As for `BatchTotalCorrelation`.

    >>> MutualInformation(weight=0.5)
    MutualInformation(weight=0.5)
    """

    def value(self, inference):
        """Returns [B]."""
        log_q = inference.latents[0].log_q[: self.num_samples]
        return tf.reduce_mean(log_q - self.densities(inference).joint, axis=0)


@register
class DimensionwiseKL(AggregateTerm):
    """sum_j KL(q(z_j) || p(z_j)): how far each dimension of the aggregate posterior is from the prior, in nats.

    E[sum_j log q(z_j) - log p(z)]

    q(z_j) is estimated as for `BatchTotalCorrelation`. With a prior that takes a condition the value is no KL, and
    still adds up with the other two parts to KL(q(z|x) || p(z|condition)).

    Reference: Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in variational autoencoders,
    arXiv 1802.04942, equation 2.

    Args:
        dataset_size: As for `BatchTotalCorrelation`.
        weight: gamma of the beta-TC-VAE, or a schedule.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: As for `BatchTotalCorrelation`; a prior that isn't factorised.

    >>> DimensionwiseKL(60_000)
    DimensionwiseKL(dataset_size=60000)
    """

    needs_prior_density = True

    def check(self, posterior, prior, likelihood):
        """Refuses a prior whose dimensions depend on each other."""
        super().check(posterior, prior, likelihood)
        if not factorised(posterior.pairs(prior)[0][1]):
            raise ValueError(
                f"DimensionwiseKL needs a prior of independent dimensions, and those of a {type(prior).__name__} "
                "depend on each other. Use a factorised prior, such as priors.StandardNormal, or terms.KL."
            )

    def value(self, inference):
        """Returns [B]."""
        log_prior = inference.latents[0].log_prior[: self.num_samples]
        return tf.reduce_mean(self.densities(inference).product - log_prior, axis=0)
