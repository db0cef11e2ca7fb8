"""Which rows of a table are unlike the others."""

import numpy as np
from sklearn.base import OutlierMixin

from tfvae import arguments
from tfvae.sklearn.density import OfDensity


class VAEOutlierDetector(OutlierMixin, OfDensity):
    """Rows that a model of the table holds for improbable, as `sklearn.ensemble.IsolationForest` finds those apart.

    decision(x) = log p(x) - offset,  an outlier where it is < 0

    The offset is the quantile `contamination` of the log densities of the rows that it was trained on. "auto" takes
    Tukey's lower fence of them, Q1 - 1.5 (Q3 - Q1): of a table without outliers it calls few.

    Tukey (1977), Exploratory data analysis, section 2D, for the fence. Arguments as for `VAEEstimator`, and:

    Args:
        latent_size: As for `VAEEstimator`, and so are those that follow.
        epochs: Likewise.
        batch_size: Likewise.
        learning_rate: Likewise.
        standardise: Likewise.
        make_model: Likewise. Its posterior, prior and likelihood have densities.
        num_samples: K, draws of z for each log p(x).
        contamination: The share of outliers in the table, in (0, 0.5], or "auto".
        random_state: Likewise.
        verbose: Likewise.

    Attributes:
        offset_: float, in nats.

    >>> table = np.random.default_rng(0).normal(size=(40, 3))
    >>> detector = VAEOutlierDetector(2, epochs=1, num_samples=5, contamination=0.1, random_state=0)
    >>> int((detector.fit_predict(table) == -1).sum())
    4
    """

    def __init__(
        self,
        latent_size=4,
        *,
        epochs=None,
        batch_size=64,
        learning_rate=1e-3,
        standardise=True,
        make_model=None,
        num_samples=100,
        contamination: str | float = "auto",
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            latent_size,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            standardise=standardise,
            make_model=make_model,
            num_samples=num_samples,
            random_state=random_state,
            verbose=verbose,
        )
        self.contamination = contamination

    def fit(self, X, y=None):
        """Trains the model, and takes the threshold from the rows.

        Args:
            X: [n, d].
            y: Ignored.

        Returns:
            The estimator.

        Raises:
            ValueError: X is no table of finite numbers, an argument is not valid, or a model doesn't fit or has no
                density.
        """
        del y
        share = _share(self.contamination)
        self.offset_ = _offset(self._log_density(self._train(X)), share)
        return self

    def decision_function(self, X):
        """Returns log p(x) - offset of each row, float64 [n] in nats, for X [n, d]: below 0 is an outlier.

        Raises:
            NotFittedError: Before `fit`.
            ValueError: X is no table of finite numbers and d columns.
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X):
        """Returns -1 for each row that is an outlier and 1 for the others, int [n], for X [n, d].

        Raises:
            NotFittedError: Before `fit`.
            ValueError: X is no table of finite numbers and d columns.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)


def _share(contamination):
    """Returns a `contamination` that is checked: a number, or None for "auto"."""
    if contamination == "auto":
        return None
    expected = 'a number in (0, 0.5], or "auto"'
    return arguments.number("contamination", contamination, expected, minimum=np.nextafter(0.0, 1.0), maximum=0.5)


def _offset(scores, share):
    """Returns what scores [n] of training rows have to reach, given the share of them that doesn't.

    >>> _offset(np.arange(11.0), 0.2), _offset(np.arange(11.0), None)
    (2.0, -5.0)
    """
    if share is not None:
        return float(np.percentile(scores, 100.0 * share))
    low, high = np.percentile(scores, [25, 75])
    return float(low - 1.5 * (high - low))
