"""What is missing of a table's rows."""

import numpy as np
from sklearn.base import OneToOneFeatureMixin, TransformerMixin

from tfvae import arguments
from tfvae.evaluation import impute, support
from tfvae.sklearn import fitting, models
from tfvae.sklearn.conditional_mean import conditional_mean
from tfvae.sklearn.estimator import VAEEstimator


class VAEImputer(OneToOneFeatureMixin, TransformerMixin, VAEEstimator):
    """Fills the NaN of a table, as `sklearn.impute.IterativeImputer` does, by networks that may bend.

    X_missing = E[x_missing|x_there] ~ sum_k w_k E[x_missing|z_k] / sum_k w_k,
    w_k = p(x_there|z_k) p(z_k) / q(z_k|x_there),  z_k ~ q(z|x_there)

    Which entries are missing may depend on what is there, and not on what is missing (missing at random). Columns are
    standardised by what is there of each. Of a column of which nothing was there in `fit`, nothing is known: the model
    doesn't see it, and its NaN become 0, as those of scikit-learn's imputers with `keep_empty_features`.

    Mattei and Frellsen (2019), MIWAE: deep generative modelling and imputation of incomplete data sets,
    arXiv 1812.02633. Arguments and attributes as for `VAEEstimator`, and:

    Args:
        latent_size: As for `VAEEstimator`, and so are those that follow.
        epochs: Likewise.
        batch_size: Likewise.
        learning_rate: Likewise.
        standardise: Likewise.
        make_model: Likewise, of a model whose likelihood takes NaN and whose parts have densities; None is
            `standardized_iwae`.
        num_samples: K, draws of z for each row. A row's are decoded at once.
        random_state: Likewise.
        verbose: Likewise.

    >>> table = np.random.default_rng(0).normal(size=(20, 3))
    >>> table[::2, 1] = np.nan
    >>> filled = VAEImputer(latent_size=2, epochs=1, num_samples=5, random_state=0).fit_transform(table)
    >>> int(np.isnan(filled).sum()), bool((filled == table).sum() == 50)
    (0, True)
    """

    _finite = "allow-nan"
    _default_model = staticmethod(models.standardized_iwae)

    def __init__(
        self,
        latent_size=4,
        *,
        epochs=None,
        batch_size=64,
        learning_rate=1e-3,
        standardise=True,
        make_model=None,
        num_samples=1000,
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

    def __sklearn_tags__(self):
        """Returns scikit-learn's tags, by which NaN is welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X, y=None):
        """Trains the model.

        Args:
            X: [n, d], NaN where an entry is missing.
            y: Ignored.

        Returns:
            The estimator.

        Raises:
            ValueError: X is no table of numbers or has infinity, an argument is not valid, or a model doesn't fit,
                takes no NaN or has no density.
        """
        del y
        arguments.integer("num_samples", self.num_samples)
        self._empty = np.isnan(self._train(X, _refuse_without_gaps)).all(axis=0)
        return self

    def transform(self, X):
        """Returns X [n, d] with E[x_missing|x_there] in place of NaN, float64. What is there stays as it is.

        An estimate by `num_samples` importance weights. Its draws are a function of the row and the fit, so that it
        repeats itself, in whatever order and company a row comes.

        Raises:
            NotFittedError: Before `fit`.
            ValueError: X is no table of numbers and d columns, or has infinity or values outside the likelihood's
                support.
        """
        table = self._table(X)
        missing = np.isnan(table)
        filled, gaps = table.copy(), missing.any(axis=1)
        if gaps.any():
            means = conditional_mean(self.vae_, self._seen(table[gaps]), self.num_samples, self._seed)
            filled[missing] = self._in_table(means)[missing[gaps]]
        return filled

    def sample(self, X, n_draws=10, random_state=None):
        """Returns X with draws of p(x_missing|x_there) in place of NaN, jointly of a row, for multiple imputation.

        They are drawn anew from `num_samples` draws by their weights; see `evaluation.impute`.

        Args:
            X: [n, d], NaN where an entry is missing.
            n_draws: M.
            random_state: int, `RandomState` or None.

        Returns:
            float64 [n_draws, n, d]. What is there is the same in each and as it was.

        Raises:
            NotFittedError: Before `fit`.
            ValueError: `n_draws` is no positive int, or X as for `transform`.
        """
        table = self._table(X)
        count = arguments.integer("n_draws", n_draws)
        seed = fitting.seed_of(random_state)
        drawn = impute(self.vae_, self._seen(table), self.num_samples, count, seed=seed).draws
        return np.where(np.isnan(table), self._in_table(drawn), table)

    def _seen(self, table):
        """Returns rows as the model sees them, nothing of the columns that it has learned nothing of."""
        return np.where(self._empty, np.nan, self.columns_.to_model(table))

    def _in_table(self, rows):
        return np.where(self._empty, 0.0, self.columns_.to_table(rows))


def _refuse_without_gaps(vae):
    support.refuse_without_density(vae)
    if not vae.likelihood.takes_missing:
        raise ValueError(
            "Invalid value for argument `make_model`. Expected a model whose likelihood takes NaN for what is missing. "
            f"It made one with likelihood={vae.likelihood!r}. Use families.Observed(...) around it, and "
            "networks.WithMask(...) around the encoder, as tfvae.sklearn.standardized_iwae does."
        )
