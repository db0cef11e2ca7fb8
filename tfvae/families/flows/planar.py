"""The planar flow."""

import tensorflow as tf

from tfvae.component import register
from tfvae.families.flows.flow import Flow

# A squared length below this counts as 0; its power -3/2, in a gradient, still fits in a float32.
_TINY = 1e-20


@register
class Planar(Flow):
    """z pushed along one direction, by its distance from a plane.

    f(z) = z + u tanh(w^T z + b),  log|det| = log|1 + u^T w (1 - tanh^2(w^T z + b))|

    Invertible where u^T w > -1, which holds for any head outputs u', w, b:

    u = u' + min(w^T u' / |w|, 0)^2 / (1 + max(-w^T u', 0)) w,  so that
    1 + w^T u = (1 + max(w^T u', 0)) / (1 + max(-w^T u', 0)) > 0

    The paper's own choice, w^T u = -1 + log(1 + exp(w^T u')), needs an infinite u
    where w = 0. The inverse has no closed form, so the density of a planar flow is
    known only at its own draws.

    Reference: Rezende and Mohamed (2015), Variational inference with normalizing
    flows, arXiv 1505.05770, equations 10 to 12 and appendix A.1.

    Args:
        event_shape: Shape of one z, a vector (D,).

    >>> import tensorflow as tf
    >>> flow = Planar((2,))
    >>> raw = {"u": tf.constant([2.0, 0.0]), "w": tf.constant([-4.0, 1.0]), "b": tf.constant([0.5])}
    >>> z, log_det = flow.forward(tf.constant([0.1, 0.5]), **flow.constrain(raw))
    >>> z.shape, log_det.shape
    (TensorShape([2]), TensorShape([]))
    """

    invertible = False

    def head_shapes(self):
        """Returns the directions u and w and the offset b."""
        return {"u": self.event_shape, "w": self.event_shape, "b": ()}

    def constrain(self, raw):
        """Returns u, w, b, and slack = 1 + w^T u, which keeps the digits that a product would lose."""
        u, w = raw["u"], raw["w"]
        product = tf.reduce_sum(w * u, axis=-1, keepdims=True)
        length = tf.sqrt(tf.maximum(tf.reduce_sum(w**2, axis=-1, keepdims=True), _TINY))
        above, below = tf.nn.relu(product), tf.nn.relu(-product)
        u = u + (below / length) ** 2 / (1 + below) * w
        return {"u": u, "w": w, "b": raw["b"], "slack": (1 + above) / (1 + below)}

    def forward(self, z, u, w, b, slack):
        """Returns f(z) and log|det df/dz|."""
        bend = tf.tanh(tf.reduce_sum(w * z, axis=-1, keepdims=True) + b)
        # 1 + w^T u (1 - bend^2), as a sum of non-negative terms.
        det = bend**2 + slack * (1 - bend**2)
        return z + u * bend, tf.math.log(det)[..., 0]
