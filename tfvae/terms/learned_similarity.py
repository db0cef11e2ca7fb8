"""A distance of pictures in the features of the critic that judges them."""

import functools
from typing import Any

from tfvae import arguments
from tfvae.component import register
from tfvae.networks import layers
from tfvae.terms import features, pictures
from tfvae.terms.term import Term, Weight


@register
class LearnedSimilarity(Term):
    """The squared error of x's features in the critic of another term of the objective.

    sum_l 1/2 mean (c_l(x) - c_l(x'))^2,  x' = the mean of p(x|z)

    c_l is the output of a layer of the critic, which learns what tells x from x' and follows its own game alone; see
    `terms.Adversarial`. So no network of a classifier is needed, as `terms.Perceptual` needs one.

    Reference: Larsen et al. (2016), Autoencoding beyond pixels using a learned similarity metric, arXiv 1512.09300,
    equation 7.

    Args:
        layer_names: Those of the critic's layers, such as ["features_1"] of `networks.patch_critic`.
        weight: Nats for each unit, or a schedule.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: When the model is made: the objective has no other term with a critic of x, or several, or the
            critic has no such layer.

    >>> LearnedSimilarity(["features_1"], weight=100.0)
    LearnedSimilarity(['features_1'], weight=100.0)
    """

    def __init__(self, layer_names, weight: Weight = 1.0, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        self.layer_names = list(layer_names)
        self._distance: Any = None

    def check(self, posterior, prior, likelihood):
        """Refuses an x with missing entries."""
        super().check(posterior, prior, likelihood)
        pictures.whole(self, likelihood)

    def check_others(self, others):
        """Takes the critic of the one other term that has one for x."""
        super().check_others(others)
        judges = [other.critic for other in others if other.critic_of == "x"]
        if len(judges) != 1:
            raise ValueError(
                f"LearnedSimilarity takes the critic of another term, and {len(judges)} terms of this objective have "
                "one for x. Expected one, such as terms.Adversarial(networks.patch_critic((28, 28, 1)))."
            )
        if not getattr(judges[0], "inputs", None):
            raise arguments.invalid("critic", "a functional Keras model, such as networks.patch_critic", judges[0])
        # Within a function, as Keras would take a critic among the attributes for this term's own.
        self._distance = functools.partial(features.distance, layers.outputs_of(judges[0], self.layer_names))

    def value(self, inference):
        """Returns [B]."""
        return pictures.compared(inference, self.num_samples, self._distance)
