"""The term that has an encoder decide for codes, and use them all."""

import itertools

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.term import Term, Weight


@register
class CodeEntropy(Term):
    """How far the choice of a code is from sure, less how evenly the codes are used, summed over positions.

    E H(q) - H(E q),  q(c|e) = softmax_c(-|e - c|^2 / temperature),  c in {-1, 1}^D

    E is over the positions of all examples of the batch, by their weights. The difference is -I,
    with I the mutual information of code and position: 0 where every position has the same
    q, and at the least -D log 2, where each is sure of its code and all codes are used alike.
    As c is a vector of signs, q is a product of D sigmoids of 4 e_d / temperature, and H(q)
    a sum. E q is no product: it is taken over all codes of `group_size` dimensions at a time,
    whose entropies are added up, exact for codes of as many dimensions.

    Reference: Yu et al. (2023), Language model beats diffusion: tokenizer is key to visual
    generation, arXiv 2310.05737.

    Args:
        weight: Nats of the loss for a nat of entropy.
        temperature: A number > 0, in squared units of z.
        group_size: Dimensions whose 2^group_size codes are counted together, 1 to 16.

    Raises:
        ValueError: An argument that is not one of these; when the model is made, a posterior whose codes aren't signs.

    >>> CodeEntropy(weight=1.0)
    CodeEntropy(weight=1.0)
    """

    couples_examples = True

    def __init__(self, weight: Weight = 0.1, temperature=1.0, group_size=8, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.temperature = arguments.number("temperature", temperature, "a number > 0", minimum=np.nextafter(0, 1))
        self.group_size = arguments.integer("group_size", group_size, "an int from 1 to 16", maximum=16)

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior whose codes aren't signs."""
        super().check(posterior, prior, likelihood)
        if not hasattr(posterior, "bits"):
            raise ValueError(
                f"CodeEntropy is that of codes which are signs, and a {type(posterior).__name__} posterior has none. "
                "Use families.LookupFreeQuantized as the posterior, or drop the term."
            )

    def value(self, inference):
        """Returns -KL(q || E q), [B], whose batch mean is the difference; E q is a constant, which costs no gradient.

        As sum_c q(c|e) is 1, the gradient of sum_c E q(c) log E q(c) in q is that at a constant logarithm.
        """
        (latent,) = inference.latents
        encoded = latent.posterior.encoded
        logits = 4 * tf.reshape(encoded, [tf.shape(encoded)[0], -1, encoded.shape[-1]]) / self.temperature
        starts = range(0, encoded.shape[-1], self.group_size)
        return sum(self._of_group(inference, logits[..., start : start + self.group_size]) for start in starts)

    @staticmethod
    def _of_group(inference, logits):
        codes = np.array(list(itertools.product((0.0, 1.0), repeat=logits.shape[-1])))
        codes = tf.constant(codes, logits.dtype)
        log_q = tf.matmul(logits, codes, transpose_b=True) - tf.reduce_sum(tf.nn.softplus(logits), -1, keepdims=True)
        q = tf.exp(log_q)
        mean = tf.stop_gradient(inference.batch_mean(tf.reduce_mean(q, axis=1)))
        tiny = np.finfo(logits.dtype.as_numpy_dtype).tiny  # where q has no other digits
        log_mean = tf.math.log(tf.maximum(mean, tiny))
        return -tf.reduce_sum(q * (log_q - log_mean), axis=[1, 2])
