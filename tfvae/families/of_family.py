"""A family with the parameters of another one."""

from typing import Any

from tfvae.families.family import Family


class OfFamily(Family):
    """A family that asks its head for what another one asks, and makes another law of it.

    Args:
        family: The other `Family`, which stays without a head.
    """

    def __init__(self, family, **kwargs):
        super().__init__(family.event_shape, **kwargs)
        self.family: Any = family

    def head_shapes(self):
        """Returns those of the family."""
        return self.family.head_shapes()

    def constrain(self, raw):
        """Returns the family's parameters."""
        return self.family.constrain(raw)
