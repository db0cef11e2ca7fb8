"""The loss of a classifier, where the posterior is one."""

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.term import Term


@register
class Classification(Term):
    """-log q(y|x) at the label y, in nats; 0 for an example without a label.

    The bound of a labelled example says nothing of q(y|x), as its y is known: without this term
    the classifier would learn of the unlabelled ones only.

    Reference: Kingma et al. (2014), Semi-supervised learning with deep generative models,
    arXiv 1406.5298, whose alpha the weight is.

    Raises:
        ValueError: When the model is made, for a posterior without a class, or of one draw alone.

    >>> Classification(50.0)
    Classification(weight=50.0)
    """

    weighs_draws = True

    def __init__(self, weight=1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)

    def value(self, inference):
        """Returns [B]."""
        law = inference.latents[0].posterior
        if law.known is None:
            return tf.zeros_like(law.log_unseen[..., 0])
        return -tf.reduce_sum(law.known * law.log_unseen, axis=-1)

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior without a class that a label could name."""
        super().check(posterior, prior, likelihood)
        top = posterior.by_level()[0]
        if top.enumerated == 1:
            raise arguments.invalid(
                "objective", "a posterior with a class, families.ClassConditional, for terms.Classification", posterior
            )
