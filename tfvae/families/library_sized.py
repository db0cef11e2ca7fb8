"""Independent counts whose means are proportions of the example's library size."""

from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.given_total import OfTotal, log_proportions, over_event

# Of a proportion's log. The logarithms and divisions of a family's density stay within float32 from here on.
_LEAST = -28.0
_LEAST_TOTAL = 1e-3


@register
class LibrarySized(OfTotal):
    """A family of counts whose means are proportions times the example's total, its library size.

    p(x | l) = prod_i p(x_i; mean_i = l softmax(logits)_i),  l = sum_i x_i

    In place of a mean for each dimension the head gives logits of proportions. l is an offset that is taken from x, as
    scvi-tools takes it by default, so z need not tell how deeply a cell was sequenced. The family's other parameters,
    such as a dispersion for each gene, are as they were.

    log p(x|z) is that of x given l, as if l had been known before; the sum over all x is not 1, as each has its own l.
    So compare it with other models of the same l alone. `law.given(l)` of what `decode` returns are means and draws of
    any l; a draw's own total is l in the mean.

    Reference: Lopez, Regier, Cole, Jordan and Yosef (2018), Deep generative modeling for single-cell transcriptomics,
    Nature Methods 15; the observed library size: Gayoso et al. (2022), A Python library for probabilistic analysis of
    single-cell omics data, Nature Biotechnology 40.

    Args:
        family: A family of independent counts with a mean: `families.NegativeBinomial`, `families.Poisson`, or one of
            them in `families.ZeroInflated`; it stays without a head.
        total_count: Library size of what is generated; None is the mean of the training data.

    Raises:
        ValueError: `family` is no such family, or `total_count` is no number >= 0.

    >>> from tfvae.families import NegativeBinomial
    >>> law = LibrarySized(NegativeBinomial((4,))).distribution(tf.zeros([1, 8]))
    >>> law.given(100.0).mean().numpy().round(2).tolist()
    [[25.0, 25.0, 25.0, 25.0]]
    """

    def __init__(self, family, total_count: float | None = None, **kwargs):
        if not isinstance(family, Family) or family.mean_parameter is None:
            expected = "a family of independent counts, such as families.NegativeBinomial((2000,))"
            raise arguments.invalid("family", expected, family)
        super().__init__(family.event_shape, total_count, **kwargs)
        self.family: Any = family
        self._mean: Any = family.mean_parameter

    def head_shapes(self):
        """Returns those of the family, with logits in the place of its mean."""
        shapes = self.family.head_shapes()
        return {"logits" if name == self._mean else name: shape for name, shape in shapes.items()}

    def constrain(self, raw):
        """Returns the logits as they are, and the family's other parameters."""
        parameters = self.family.constrain({self._mean if name == "logits" else name: raw[name] for name in raw})
        others = {name: value for name, value in parameters.items() if name != self._mean}
        return {"logits": raw["logits"], **others}

    def law(self, total, logits, **parameters):
        """Returns the family's law of these library sizes."""
        rank = len(self.event_shape)
        # Of an example without any count, too, a mean has a logarithm.
        size = over_event(tf.maximum(total, _LEAST_TOTAL), rank)
        mean = size * tf.exp(tf.maximum(log_proportions(logits, rank), _LEAST))
        return self.family.build_distribution(**{self._mean: mean}, **parameters)
