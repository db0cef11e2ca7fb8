"""Laws whose dimensions are independent of each other."""

from tensorflow_probability import distributions as tfd


def factorised(law):
    """Returns whether a law is a product of laws of one dimension each, `law.distribution`.

    >>> factorised(tfd.Independent(tfd.Normal([0.0, 0.0], 1.0), 1)), factorised(tfd.MultivariateNormalDiag([0.0, 0.0]))
    (True, False)
    """
    return isinstance(law, tfd.Independent) and law.distribution.event_shape.rank == 0
