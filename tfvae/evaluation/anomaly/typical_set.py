"""How far a score is from what is usual."""

from tfvae import arguments
from tfvae.evaluation.anomaly import score as scores


class TypicalSet(scores.Shown):
    """How far x is from the typical set: a score that is too small is strange, too.

    t(x) = |s(x) - h|,  h = E[s(x)]

    Of s = -log p the h is the entropy of the data under the model, and {x: t(x) <= e} a typical set. h has to come from
    other data than those that calibrate, such as the training data: with their own mean the p-values would no longer
    be exact.

    Reference: Nalisnick et al. (2019), Detecting out-of-distribution inputs to deep generative models using
    typicality, arXiv 1906.02994, equation 5 for a batch of one.

    Args:
        score: Another score, s.
        entropy: h in nats, such as `score(train).mean()`.

    Raises:
        ValueError: `score` is no function, or `entropy` no finite number.

    >>> TypicalSet(lambda *_: [90.0, 100.0, 130.0], entropy=100.0)(None).tolist()
    [10.0, 0.0, 30.0]
    """

    def __init__(self, score, entropy):
        self.score = scores.check("score", score)
        self.entropy = arguments.number("entropy", entropy)

    def __call__(self, dataset, seed=0, verbose=0):
        """Returns the distances of a dataset, float64 [N] in nats; `seed` is that of the score."""
        return abs(scores.values(self.score, dataset, seed, verbose) - self.entropy)
