"""The objective of some modalities, as if the others were absent."""

import dataclasses
import itertools
import math

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.inference import Latent
from tfvae.terms.term import Term, refuse_layers
from tfvae.vectors import by_name


@register
class OnSubsets(Term):
    """The sum of terms over subsets of the modalities: of each alone, and of some random ones.

    sum_m L(x_m) + sum_j L(x_s_j),  L(x_s) = sum_i w_i term_i(x_s), z ~ q(z|x_s)

    L(x_s) is what the terms say of an x that has the modalities s alone, with the decoder's answer to a draw of its
    own. Beside the same terms of the whole x it is the sub-sampled training of MVAE, without which q(z|x_m) would
    never be asked for. The encoder runs once, the decoder once more for each subset. Random subsets have two or more
    modalities and not all; each example draws its own. What an example lacks, it lacks in its subsets, too: of
    nothing, the bound is 0.

    Reference: Wu and Goodman (2018), arXiv 1802.05335.

    Args:
        terms: A list of terms, such as [NegativeLogLikelihood(), KL()], whose weights are numbers.
        num_random: k, random subsets beside the single modalities; two modalities have none.
        weight: Of the whole, as for every term.

    Raises:
        ValueError: `terms` is no such list; when the model is made, a posterior that knows no subsets, or no
            modalities from which to draw random ones.

    >>> from tfvae.terms import KL, NegativeLogLikelihood
    >>> OnSubsets([NegativeLogLikelihood(), KL()])
    OnSubsets([NegativeLogLikelihood(), KL()])
    """

    def __init__(self, terms, num_random=0, weight=1.0, **kwargs):
        super().__init__(weight, **kwargs)
        expected = "a list of terms, such as [terms.NegativeLogLikelihood(), terms.KL()]"
        if not isinstance(terms, list | tuple) or not terms or not all(isinstance(term, Term) for term in terms):
            raise arguments.invalid("terms", expected, terms)
        other = [term for term in terms if term.scheduled or term.balanced or term.critic or term.has_surrogates]
        if other:
            expected = "terms whose weights are numbers, without a critic and with the gradient of their value"
            raise arguments.invalid("terms", expected, other[0])
        self.terms = list(terms)
        self.num_random = arguments.integer("num_random", num_random, "an int >= 0", minimum=0)
        self.couples_examples = any(term.couples_examples for term in terms)

    def check(self, posterior, prior, likelihood):
        """Refuses several layers, a posterior that knows no subsets, and what the terms refuse."""
        refuse_layers(self, posterior)
        if likelihood.modalities is None or not hasattr(posterior.kind(), "given"):
            raise ValueError(
                f"OnSubsets asks for q(z|x_s) of some modalities, which {posterior!r} of this model doesn't know. Use "
                "a posterior of experts, families.ProductOfExperts({...}), with likelihood=families.Modalities({...})."
            )
        if self.num_random and len(likelihood.modalities) < 3:
            expected = f"0 for {len(likelihood.modalities)} modalities, which have no subsets but each alone and all"
            raise arguments.invalid("num_random", expected, self.num_random)
        for term in self.terms:
            term.check(posterior, prior, likelihood)

    def value(self, inference):
        """Returns [B]."""
        shapes = {name: tuple(law.event_shape) for name, law in inference.likelihood.modalities.items()}
        pieces = by_name.split(inference.x, shapes)
        seed, total = inference.seed(self), tf.zeros_like(inference.weights)
        for number, chosen in enumerate(self._subsets(shapes, inference, seed)):
            held = {name: by_name.where(chosen[name], piece, math.nan) for name, piece in pieces.items()}
            part = self._of(inference, by_name.join(held, shapes), chosen, random.fold(seed, 1, number))
            total += tf.add_n([tf.cast(term.weight, total.dtype) * term.value(part) for term in self.terms])
        return total

    def _subsets(self, shapes, inference, seed):
        """Returns a list of {name: [B] bool, whether it is in the subset}."""
        count = tf.shape(inference.weights)[0]
        alone = [{name: tf.fill([count], name == one) for name in shapes} for one in shapes]
        if not self.num_random:
            return alone
        sizes = range(2, len(shapes))
        every = [subset for size in sizes for subset in itertools.combinations(shapes, size)]
        table = tf.constant([[name in subset for name in shapes] for subset in every])
        drawn = random.uniform([self.num_random, count], random.fold(seed, 0), inference.weights.dtype)
        place = tf.minimum(tf.cast(drawn * len(every), tf.int32), len(every) - 1)
        rows = [tf.unstack(tf.gather(table, each), axis=-1) for each in tf.unstack(place)]
        return alone + [dict(zip(shapes, row, strict=True)) for row in rows]

    def _of(self, inference, x, chosen, seed):
        """Returns the `Inference` of a subset."""
        whole, draws = inference.latents[0], max(term.num_samples for term in self.terms)
        posterior = whole.posterior.given(chosen)
        z, log_q = posterior.experimental_sample_and_log_prob(draws, seed=random.fold(seed, 0))
        return dataclasses.replace(
            inference,
            x=x,
            latents=(Latent(z, log_q, posterior, whole.prior, None, whole.bound),),
            likelihood=inference.decode(z),
            num_samples=draws,
            seeds=lambda place: random.fold(seed, 1, place),
        )
