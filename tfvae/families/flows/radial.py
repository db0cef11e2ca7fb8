"""The radial flow."""

import tensorflow as tf

from tfvae.component import register
from tfvae.families import positive
from tfvae.families.flows.flow import Flow

_LEAST = 1e-3
# Keeps the root's gradient finite at the centre itself.
_TINY = 1e-20


def _distance(offset):
    return tf.sqrt(tf.maximum(tf.reduce_sum(offset**2, axis=-1, keepdims=True), _TINY))


@register
class Radial(Flow):
    """z pulled towards a centre, or pushed away from it, depending on its distance r.

    f(z) = z + beta / (alpha + r) (z - centre),  r = |z - centre|
    log|det| = (D - 1) log(1 + beta / (alpha + r)) + log(1 + alpha beta / (alpha + r)^2)

    Invertible where beta >= -alpha. The head gives alpha > 0 and gamma = alpha +
    beta > 0, so this always holds; where the head gives 0, f is the identity. The
    inverse is the root of a quadratic in r.

    Reference: Rezende and Mohamed (2015), Variational inference with normalizing
    flows, arXiv 1505.05770, equation 14 and appendix A.2.

    Args:
        event_shape: Shape of one z, a vector (D,).

    >>> import tensorflow as tf
    >>> flow = Radial((2,))
    >>> raw = {"centre": tf.zeros([2]), "alpha": tf.zeros([1]), "gamma": tf.constant([3.0])}
    >>> z, log_det = flow.forward(tf.constant([0.3, -0.4]), **flow.constrain(raw))
    >>> back, _ = flow.inverse(z, **flow.constrain(raw))
    >>> back.numpy().round(4).tolist()
    [0.30..., -0.40...]
    """

    def head_shapes(self):
        """Returns the centre, alpha and gamma."""
        return {"centre": self.event_shape, "alpha": (), "gamma": ()}

    def constrain(self, raw):
        """Returns the centre, and alpha and gamma, positive."""
        return {
            "centre": raw["centre"],
            "alpha": positive.positive(raw["alpha"], _LEAST),
            "gamma": positive.positive(raw["gamma"], _LEAST),
        }

    def _log_det(self, r, alpha, gamma):
        # Both factors are ratios of positive terms: 1 - x would lose its digits where the flow nearly folds.
        stretch = tf.math.log((r + gamma) / (r + alpha))
        slope = tf.math.log((r * (r + 2 * alpha) + alpha * gamma) / (r + alpha) ** 2)
        return ((self.event_shape[0] - 1) * stretch + slope)[..., 0]

    def forward(self, z, centre, alpha, gamma):
        """Returns f(z) and log|det df/dz|."""
        offset = z - centre
        r = _distance(offset)
        return centre + offset * (r + gamma) / (r + alpha), self._log_det(r, alpha, gamma)

    def inverse(self, z, centre, alpha, gamma):
        """Returns f^-1(z) and log|det df^-1/dz|."""
        offset = z - centre
        # f takes the distance r to r (r + gamma) / (r + alpha).
        image = _distance(offset)
        half = image - gamma
        root = tf.sqrt(half**2 + 4 * alpha * image)
        # Of the two forms of the root, the one that doesn't cancel.
        above = half > 0
        r = tf.where(above, (half + root) / 2, 2 * alpha * image / (root - tf.where(above, -half, half)))
        return centre + offset * (r + alpha) / (r + gamma), -self._log_det(r, alpha, gamma)
