"""The Student's t family, whose tails tolerate outliers."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families import positive
from tfvae.families.location_scale import LocationScale

tfd = tfp.distributions

# Up to 2 there is no variance, and up to 1 no mean.
_LEAST_DF = 2.0
_ABOVE_LEAST = 1e-3


@register
class StudentT(LocationScale):
    """Independent Student's t distributions, one per dimension of the event.

    log p(x) = sum_i (log G((df_i + 1) / 2) - log G(df_i / 2) - 1/2 log(pi df_i scale_i^2)
               - (df_i + 1) / 2 log(1 + (x_i - loc_i)^2 / (df_i scale_i^2))),  G the gamma function

    A Gaussian for df -> infinity. The standard deviation is scale sqrt(df / (df - 2)).

    Reference: Takahashi et al. (2018), Student-t variational autoencoder for
    robust density estimation, IJCAI, equation 8.

    Args:
        event_shape: Shape of one event.
        df: Degrees of freedom, a number > 2, so that there is a standard deviation;
            None (default) lets the head give them for each dimension.
        scale: "dimension" (default), "example", "shared", "shared_dimension" or a
            number > 0; see `Normal`.
        min_scale: Lower bound of a learned scale, in the event's units.

    Raises:
        ValueError: `df`, `scale` or `min_scale` is not one of these.

    >>> import tensorflow as tf
    >>> StudentT((2,), df=5.0)(tf.zeros([5, 8]), seed=1).shape
    TensorShape([5, 2])
    """

    def __init__(self, event_shape, df=None, scale: str | float = "dimension", min_scale=1e-3, **kwargs):
        super().__init__(event_shape, scale=scale, min_scale=min_scale, **kwargs)
        if df is not None and not (isinstance(df, int | float) and _LEAST_DF < df < math.inf):
            raise ValueError(
                "Invalid value for argument `df`. Expected a number > 2, below which there is no standard deviation, "
                f"or None to learn it. Received: df={df!r}"
            )
        self.df = df

    def head_shapes(self):
        """Returns loc, the scale where the head gives it, and df where it is learned."""
        return super().head_shapes() | ({"df": self.event_shape} if self.df is None else {})

    def constrain(self, raw):
        """Returns loc, scale > 0 and df > 2; 3 where the head gives 0."""
        parameters = super().constrain(raw)
        if self.df is None:
            df = positive.positive(raw["df"], _LEAST_DF + _ABOVE_LEAST)
        else:
            df = tf.constant(self.df, raw["loc"].dtype)
        return {"df": df, **parameters}

    def build_distribution(self, loc, scale, df):
        """Returns Independent Student's t distributions over the event."""
        return tfd.Independent(tfd.StudentT(df, loc, scale), reinterpreted_batch_ndims=len(self.event_shape))
