"""Two terms, one for each network to follow."""

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.term import Term, refuse_weight


@register
class PerNetwork(Term):
    """A term for the inference network, and another for the generative one.

    encoder, posterior:          gradient of `inference`
    decoder, likelihood, prior:  gradient of `generative`, which is also the value

    PIWAE trains the encoder with MIWAE, whose gradient has more signal, and the decoder
    with IWAE, whose bound is tighter, on the same draws.

    Reference: Rainforth et al. (2018), arXiv 1802.04537, section 5.

    Args:
        inference: A term, for encoder and posterior.
        generative: A term, for everything else; the metric has its name.
        weight: As for every term; the two terms must not have one.

    Raises:
        ValueError: One of the two is not a term, has a weight, or is itself split by network.

    >>> from tfvae.terms import ImportanceWeighted, MultiplyImportanceWeighted
    >>> PerNetwork(MultiplyImportanceWeighted(8, 8), ImportanceWeighted(64)).num_samples
    64
    """

    def __init__(self, inference, generative, weight=1.0, **kwargs):
        for argument, term in (("inference", inference), ("generative", generative)):
            if not isinstance(term, Term):
                raise arguments.invalid(argument, "a terms.Term, such as terms.ImportanceWeighted(64)", term)
            if isinstance(term, PerNetwork):
                part = getattr(term, argument)
                expected = f"the term that this network follows, since the other one's is ignored here: {part!r}"
                raise arguments.invalid(argument, expected, term)
            if term.critic is not None:
                expected = "a term without a critic, which both networks face: give the model that term as it is"
                raise arguments.invalid(argument, expected, term)
            refuse_weight(type(self).__name__, argument, term)
        most = max(inference.num_samples, generative.num_samples)
        super().__init__(weight=weight, num_samples=most, **kwargs)
        self.inference = inference
        self.generative = generative
        self.couples_examples = inference.couples_examples or generative.couples_examples
        self.least_examples = max(inference.least_examples, generative.least_examples)

    @property
    def metric_name(self):
        """The name of the generative network's term, whose value this is."""
        return self.given_name or self.generative.metric_name

    def check(self, posterior, prior, likelihood):
        """Refuses what either of the two refuses."""
        self.inference.check(posterior, prior, likelihood)
        self.generative.check(posterior, prior, likelihood)

    def kls(self, inference):
        """Returns the KLs of the generative network's term."""
        return self.generative.kls(inference)

    def value(self, inference):
        """Returns the value of the generative network's term, [B]."""
        return self.generative.value(inference)

    def surrogates(self, inference):
        """Returns (the first term's surrogate for the inference network, the second's for the generative one)."""
        return self.inference.surrogates(inference)[0], self.generative.surrogates(inference)[1]
