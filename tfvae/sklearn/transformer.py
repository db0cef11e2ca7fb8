"""A table's rows as latents, and back."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

from tfvae.sklearn.estimator import VAEEstimator

# Rows that a network sees at once, which bounds memory.
_ROWS = 8192


class VAETransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, VAEEstimator):
    """Rows to the means of q(z|x), as `sklearn.decomposition.PCA` makes scores of them, by networks that may bend.

    z(x) = E_q(z|x)[z]

    Arguments and attributes as for `VAEEstimator`.

    Kingma and Welling (2014), arXiv 1312.6114.

    >>> table = np.random.default_rng(0).normal(size=(20, 3))
    >>> transformer = VAETransformer(latent_size=2, epochs=1, random_state=0).fit(table)
    >>> transformer.transform(table).shape, transformer.get_feature_names_out().tolist()
    ((20, 2), ['vaetransformer0', 'vaetransformer1'])
    """

    def fit(self, X, y=None):
        """Trains the model.

        Args:
            X: [n, d].
            y: Ignored.

        Returns:
            The estimator.

        Raises:
            ValueError: X is no table of finite numbers, an argument is not valid, or a model doesn't fit.
        """
        del y
        self._train(X, _refuse_other_latents)
        return self

    def transform(self, X):
        """Returns the means of q(z|x), float64 [n, latent_size], for X [n, d].

        Raises:
            NotFittedError: Before `fit`.
            ValueError: X is no table of finite numbers and d columns.
        """
        return _in_pieces(lambda rows: self.vae_.encode(rows).mean(), self._rows(X))

    def inverse_transform(self, X):
        """Returns the means of p(x|z), float64 [n, d] in the table's units, for latents X [n, latent_size].

        Raises:
            NotFittedError: Before `fit`.
            ValueError: X is no table of finite numbers and as many columns as there are latents.
        """
        check_is_fitted(self)
        latents = check_array(X, dtype="float64")
        if latents.shape[1] != self._n_features_out:
            raise ValueError(
                f"X has {latents.shape[1]} features, but {type(self).__name__} has {self._n_features_out} latents: "
                "expected what `transform` returns."
            )
        return self.columns_.to_table(_in_pieces(lambda z: self.vae_.decode(z).mean(), latents))

    @property
    def _n_features_out(self):
        """How many latents there are, which scikit-learn's mixin makes names of."""
        return self.vae_.posterior.event_shape[0]


def _in_pieces(function, rows):
    return np.concatenate([function(rows[start : start + _ROWS]).numpy() for start in range(0, len(rows), _ROWS)])


def _refuse_other_latents(vae):
    shape = tuple(vae.posterior.event_shape)
    if len(shape) != 1:
        raise ValueError(
            "Invalid value for argument `make_model`. Expected a model whose z is a vector, a column for each latent. "
            f"Its posterior {vae.posterior!r} is of shape {shape}. Use one such as families.Normal((latent_size,))."
        )
