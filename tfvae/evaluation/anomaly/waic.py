"""How strange an example is by several models, and how much they disagree."""

from tfvae import arguments
from tfvae.evaluation.anomaly import score


class WAIC(score.Shown):
    """How improbable several models find x, and how much they disagree: the Watanabe-Akaike information criterion.

    s(x) = -(mean_m log p_m(x) - var_m log p_m(x))

    The variance is that of M models, over M - 1. What none was trained on each explains in its own way.

    References: Choi, Jang and Alemi (2018), WAIC, but why?, arXiv 1810.01392, section 3; Watanabe (2010), arXiv
    1004.2316, equation 6.

    Args:
        scores: Those of at least two models, such as `anomaly.NegativeLogLikelihood(vae)` of a model for each of
            several seeds.

    Raises:
        ValueError: There are fewer than two, one is no function, or they differ in the number of examples.

    >>> WAIC([lambda *_: [1.0, 2.0], lambda *_: [3.0, 2.0]])(None).tolist()
    [4.0, 2.0]
    """

    def __init__(self, scores):
        if not isinstance(scores, list | tuple) or len(scores) < 2:
            raise arguments.invalid("scores", "a list of the scores of at least two models", scores)
        self.scores = [score.check("scores", each) for each in scores]

    def __call__(self, dataset, seed=0, verbose=0):
        """Returns the scores of a dataset, float64 [N]. All models have the same `seed`."""
        found = score.all_values(self.scores, dataset, seed, verbose)
        return found.mean(axis=0) + found.var(axis=0, ddof=1)
