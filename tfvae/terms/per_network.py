"""Two terms, one for each network to follow, or one that only one network follows."""

from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.term import Term, Weight, refuse_weight


@register
class PerNetwork(Term):
    """A term for the inference network, and another for the generative one.

    encoder, posterior:          gradient of `inference`
    decoder, likelihood, prior:  gradient of `generative`, which is also the value

    PIWAE trains the encoder with MIWAE, whose gradient has more signal, and the decoder
    with IWAE, whose bound is tighter, on the same draws. With one term alone the other
    network follows nothing: `PerNetwork(generative=terms.Adversarial(critic))` leaves the
    encoder out of the game, as the VAE-GAN of Larsen et al. (2016), arXiv 1512.09300, does.

    Reference: Rainforth et al. (2018), arXiv 1802.04537, section 5.

    Args:
        inference: A term for encoder and posterior, or None.
        generative: A term for everything else, or None.
        weight: As for every term; the two terms must not have one.

    Raises:
        ValueError: One of the two is not a term, has a weight, or is itself split by
            network; both are None; there are two, and one has a critic, which both
            networks face.

    >>> from tfvae.terms import ImportanceWeighted, MultiplyImportanceWeighted
    >>> PerNetwork(MultiplyImportanceWeighted(8, 8), ImportanceWeighted(64)).num_samples
    64
    """

    def __init__(self, inference=None, generative=None, weight: Weight = 1.0, **kwargs):
        given = {"generative": generative, "inference": inference}
        given = {argument: term for argument, term in given.items() if term is not None}
        if not given:
            raise arguments.invalid("generative", "a terms.Term for one of the two networks, or for each", generative)
        for argument, term in given.items():
            if not isinstance(term, Term):
                raise arguments.invalid(argument, "a terms.Term, such as terms.ImportanceWeighted(64)", term)
            if isinstance(term, PerNetwork):
                part = getattr(term, argument)
                expected = f"the term that this network follows, since the other one's is ignored here: {part!r}"
                raise arguments.invalid(argument, expected, term)
            if term.critic is not None and len(given) > 1:
                expected = (
                    "a term without a critic, which both networks face: give the model that term as it is, or "
                    f"PerNetwork({argument}=term)"
                )
                raise arguments.invalid(argument, expected, term)
            refuse_weight(type(self).__name__, argument, term)
        both: list[Any] = list(given.values())
        super().__init__(weight=weight, num_samples=max(term.num_samples for term in both), **kwargs)
        self.inference = inference
        self.generative = generative
        self.critic, self.critic_of = both[0].critic, both[0].critic_of
        self.couples_examples = any(term.couples_examples for term in both)
        self.least_examples = max(term.least_examples for term in both)

    @property
    def _both(self):
        return [term for term in (self.generative, self.inference) if term is not None]

    @property
    def metric_name(self):
        """The name of the generative network's term, whose value this is, or of the only one."""
        return self.given_name or self._both[0].metric_name

    def check(self, posterior, prior, likelihood):
        """Refuses what either of the two refuses."""
        for term in self._both:
            term.check(posterior, prior, likelihood)

    def check_others(self, others):
        """Refuses what either of the two refuses."""
        super().check_others(others)
        for term in self._both:
            term.check_others(others)

    def kls(self, inference):
        """Returns the KLs of the generative network's term, or of the only one."""
        return self._both[0].kls(inference)

    def value(self, inference):
        """Returns the value of the generative network's term, or of the only one, [B]."""
        return self._both[0].value(inference)

    def surrogates(self, inference):
        """Returns (the first term's surrogate for the inference network, the second's for the generative one)."""
        nothing = tf.zeros_like(inference.weights)
        followed = None if self.inference is None else self.inference.surrogates(inference)[0]
        made = None if self.generative is None else self.generative.surrogates(inference)[1]
        return nothing if followed is None else followed, nothing if made is None else made

    def critic_loss(self, inference):
        """Returns what the critic of the only term descends, [B]."""
        return self._both[0].critic_loss(inference)
