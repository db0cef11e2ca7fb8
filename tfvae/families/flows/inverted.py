"""A flow in the opposite direction."""

from tfvae.component import register
from tfvae.families.flows.flow import Flow


@register
class Inverted(Flow):
    """The inverse of a flow, as a flow: what was cheap forward is cheap backward.

    log|det df^-1/dz|(z) = -log|det df/dz|(f^-1(z))

    `Inverted(InverseAutoregressive(...))` is the masked autoregressive flow: the
    density of any point takes one pass, and a draw one pass per dimension.

    Reference: Papamakarios, Pavlakou and Murray (2017), Masked autoregressive
    flow for density estimation, arXiv 1705.07057, section 3.

    Args:
        flow: A `flows.Flow` that is invertible.

    Raises:
        ValueError: `flow` is anything else.

    >>> from tfvae.families.flows import InverseAutoregressive
    >>> Inverted(InverseAutoregressive((3,))).event_shape
    (3,)
    """

    def __init__(self, flow, **kwargs):
        if not isinstance(flow, Flow) or not flow.invertible:
            raise ValueError(
                "Invalid value for argument `flow`. Expected a flow whose inverse can be computed, such as "
                f"flows.InverseAutoregressive((16,)). Received: flow={flow!r}"
            )
        super().__init__(flow.event_shape, **kwargs)
        self.flow = flow

    def head_shapes(self):
        """Returns what the flow needs."""
        return self.flow.head_shapes()

    def constrain(self, raw):
        """Returns the flow's parameters."""
        return self.flow.constrain(raw)

    def forward(self, z, **parameters):
        """Returns the flow's inverse at z."""
        return self.flow.inverse(z, **parameters)

    def inverse(self, z, **parameters):
        """Returns the flow at z."""
        return self.flow.forward(z, **parameters)
