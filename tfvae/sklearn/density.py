"""The density of a table's rows."""

import numpy as np
from sklearn.base import DensityMixin
from sklearn.utils.validation import check_is_fitted

from tfvae import arguments
from tfvae.evaluation import support
from tfvae.sklearn import fitting
from tfvae.sklearn.estimator import VAEEstimator
from tfvae.sklearn.log_density import log_density


class OfDensity(VAEEstimator):
    """An estimator that knows log p(x) of a row.

    Args:
        latent_size: As for `VAEEstimator`, and so are those that follow.
        epochs: Likewise.
        batch_size: Likewise.
        learning_rate: Likewise.
        standardise: Likewise.
        make_model: Likewise. Its posterior, prior and likelihood have densities.
        num_samples: K, draws of z for each log p(x).
        random_state: Likewise.
        verbose: Likewise.
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
            random_state=random_state,
            verbose=verbose,
        )
        self.num_samples = num_samples

    def _train(self, X, check=support.refuse_without_density):
        arguments.integer("num_samples", self.num_samples)
        return super()._train(X, check)

    def score_samples(self, X):
        """Returns log p(x) of each row, float64 [n], in nats and by the units of X [n, d].

        An estimate by `num_samples` importance weights, in expectation a lower bound. Its draws are a function of the
        row and the fit, so that it repeats itself.

        Raises:
            NotFittedError: Before `fit`.
            ValueError: X is no table of finite numbers and d columns, or has values outside the likelihood's support.
        """
        return self._log_density(self._rows(X))

    def _log_density(self, rows):
        return log_density(self.vae_, rows, self.num_samples, self._seed) + self.columns_.log_jacobian


class VAEDensity(DensityMixin, OfDensity):
    """The density of rows, as `sklearn.neighbors.KernelDensity` and `sklearn.mixture.GaussianMixture` estimate it.

    log p(x) ~ log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    Arguments as for `VAEEstimator`, and `num_samples`, K; attributes likewise. `score` is what `GridSearchCV` compares.

    Burda et al. (2016), Importance weighted autoencoders, arXiv 1509.00519, equation 8.

    >>> table = np.random.default_rng(0).normal(size=(20, 3))
    >>> density = VAEDensity(latent_size=2, epochs=1, num_samples=5, random_state=0).fit(table)
    >>> density.score_samples(table).shape, density.sample(4).shape
    ((20,), (4, 3))
    """

    def fit(self, X, y=None):
        """Trains the model.

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
        self._train(X)
        return self

    def score(self, X, y=None):
        """Returns the mean of log p(x) over the rows of X [n, d], in nats. `y` is ignored."""
        del y
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples=1, random_state=None):
        """Returns draws of p(x), float64 [n_samples, d] in the table's units.

        Args:
            n_samples: How many.
            random_state: int, `RandomState` or None.

        Raises:
            NotFittedError: Before `fit`.
            ValueError: `n_samples` is no positive int.
        """
        check_is_fitted(self)
        count = arguments.integer("n_samples", n_samples)
        drawn = self.vae_.sample(count, mean=False, seed=fitting.seed_of(random_state))
        return self.columns_.to_table(drawn.numpy())
