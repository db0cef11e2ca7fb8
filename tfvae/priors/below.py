"""What `Hierarchical` asks of a level below the top, whether it was given a family or a prior."""

import tensorflow as tf


class OfFamily:
    """p(z_l|s) of a `families.Family`, whose features are the decoder's state s.

    Attributes:
        part: What it was given.
        prior: The `Prior`, or None.
    """

    prior = None
    has_density = has_bound = True

    def __init__(self, part):
        self.part = part

    @property
    def measure(self):
        """What the density is over; see `Family.measure`."""
        return self.part.measure

    def distribution(self, state):
        """Returns p(z_l|s) for s [..., B, *state]."""
        return self.part.distribution(state)

    def kind(self):
        """Returns the kind of distribution, batch shape [1]."""
        return self.part.kind()

    def bound(self, latent, seed, training):
        """Returns log p(z_l|s); see `Prior.bound`."""
        del seed, training
        return latent.log_prior


class OfPrior:
    """p(z_l|s) of a `Prior`, whose condition is the decoder's state s. Attributes and methods as for `OfFamily`."""

    def __init__(self, part):
        self.part = self.prior = part

    @property
    def has_density(self):
        """Whether log p(z_l|s) is known."""
        return self.part.has_density(None)

    @property
    def has_bound(self):
        """Whether a lower bound on it is."""
        return self.part.has_bound(None)

    @property
    def measure(self):
        """What the density is over; see `Family.measure`."""
        return self.part.measure(None)

    def distribution(self, state):
        """Returns p(z_l|s) for s [..., B, *state]."""
        return self.part.distribution(state)

    def kind(self):
        """Returns the kind of distribution, batch shape [1]."""
        return self.part.distribution(tf.zeros([1, *self.part.condition_shape]))

    def bound(self, latent, seed, training):
        """Returns log p(z_l|s) or a lower bound on it; see `Prior.bound`."""
        return self.part.bound(latent, seed, training)
