"""What all the estimators are: arguments, rows that are checked, a trained model."""

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from tfvae import arguments
from tfvae.sklearn import fitting, models
from tfvae.sklearn.columns import Columns

# Of one layout, too: sums over rows that lie in memory by column differ in their last digit.
_FORM = {"dtype": "float64", "order": "C"}


class VAEEstimator(BaseEstimator):
    """An estimator of scikit-learn with a VAE of the rows of a table.

    scikit-learn reads an estimator's arguments off its class, so this one is there to be inherited.

    Args:
        latent_size: Number of latent dimensions.
        epochs: Passes over the table; None makes some 1,000 steps of it, and at least 10 passes.
        batch_size: Rows a step.
        learning_rate: Of Adam.
        standardise: Whether the model sees columns of mean 0 and variance 1. All results are in the table's units.
        make_model: (event_shape, latent_size) -> `VAE`, such as a recipe; None is `standardized_vae`. It is called
            within `fit`, where Keras's policy is float64. If it takes a `preprocessing`, as recipes do, it gets None.
        random_state: int, `RandomState` or None. An int makes `fit` repeatable.
        verbose: As for Keras's `fit`.

    Attributes:
        vae_: The trained `VAE`, which sees the columns as `columns_` makes them.
        columns_: Their mean and scale, a `Columns`.
        n_features_in_: d.
        feature_names_in_: Names of the columns, where the table has names.
    """

    # Of a kind of estimator: which numbers it takes, as `validate_data` asks, and what makes its model by default.
    _finite: bool | str = True
    _default_model = staticmethod(models.standardized_vae)

    def __init__(
        self,
        latent_size=4,
        *,
        epochs=None,
        batch_size=64,
        learning_rate=1e-3,
        standardise=True,
        make_model=None,
        random_state=None,
        verbose=0,
    ):
        self.latent_size = latent_size
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.standardise = standardise
        self.make_model = make_model
        self.random_state = random_state
        self.verbose = verbose

    def _train(self, X, check):
        """Trains on a table [n, d], and returns its rows as the model sees them."""
        if self.standardise not in (True, False):
            raise arguments.invalid("standardise", "True or False", self.standardise)
        table = validate_data(self, X, **_FORM, ensure_all_finite=self._finite)
        columns = Columns.of(table, self.standardise)
        rows = columns.to_model(table)
        self._seed = fitting.seed_of(self.random_state)
        self.vae_ = fitting.trained(rows, self, self._seed, check)
        self.columns_ = columns
        return rows

    def _rows(self, X):
        """Returns a table [n, d] as the model sees it."""
        table = self._table(X)
        return self.columns_.to_model(table)

    def _table(self, X):
        """Returns a table [n, d] that is checked."""
        check_is_fitted(self)
        return validate_data(self, X, **_FORM, ensure_all_finite=self._finite, reset=False)
