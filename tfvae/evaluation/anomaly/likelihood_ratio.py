"""How much less probable an example is by a model than by a model of the background."""

from tfvae.evaluation.anomaly import score as scores


class LikelihoodRatio(scores.Shown):
    """How much better a model of the background explains x than the model of the data does.

    s(x) = log p_0(x) - log p(x)

    p_0 is a model of the same kind that was trained on data whose meaning was destroyed, such as pictures in which a
    tenth to a third of the pixels are random: it knows what is common to all data, such as how large the background
    is. What both know of x cancels.

    Reference: Ren et al. (2019), Likelihood ratios for out-of-distribution detection, arXiv 1906.02845, equation 5.

    Args:
        score: That of the model, such as `anomaly.NegativeLogLikelihood(vae)`.
        background: That of the background's model, of the same x.

    Raises:
        ValueError: One of them is no function, or they differ in the number of examples.

    >>> LikelihoodRatio(lambda *_: [90.0, 130.0], lambda *_: [100.0, 110.0])(None).tolist()
    [-10.0, 20.0]
    """

    def __init__(self, score, background):
        self.score = scores.check("score", score)
        self.background = scores.check("background", background)

    def __call__(self, dataset, seed=0, verbose=0):
        """Returns the ratios of a dataset, float64 [N] in nats. Both scores have the same `seed`."""
        own, other = scores.all_values((self.score, self.background), dataset, seed, verbose)
        return own - other
