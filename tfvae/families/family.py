"""Family: a conditional distribution with its own head."""

import abc
import math
from typing import Any

import keras
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import random
from tfvae.component import Component, shape_tuple

#: Shape of a parameter that is one number per example, broadcast over the event.
PER_EXAMPLE = ()


class Family(Component, abc.ABC):
    """A distribution over events, conditional on the features that a network outputs.

    A family is the sampling layer of a VAE: calling it on features draws by the
    reparameterisation trick. It owns its head, one dense layer from the features
    to all raw parameters, so any network pairs with any family:

    * flat features [..., F] get a dense layer to all parameters of the event;
    * features [..., *event_shape[:-1], C], a convolutional decoder's, get a
      dense layer on their last axis, the same at every position.

    Whatever the compute dtype, raw parameters leave the head in float32, or in float64
    under a float64 policy, and so do all densities.

    A parameter has one number per dimension of the event (shape `event_shape`), several
    (`event_shape` followed by more axes), or belongs to the example as a whole (any
    other shape). For the last kind, a feature map is averaged over positions.

    A subclass implements `head_shapes`, `constrain` and `build_distribution`.

    Args:
        event_shape: Shape of one event, without the batch; an int for a vector.
        **kwargs: `name` and `dtype` of a Keras layer.

    Attributes:
        has_density: Whether log_prob is meaningful. Terms that need a density refuse a
            family that has none.
        density_anywhere: Whether log_prob is known at any point, or only at the family's own draws.
        path_gradient: Whether a draw varies smoothly with the parameters and its support stays fixed, so that
            E[d log p / d parameters] at a constant draw is 0.
        moves_as: "likelihood" or "posterior", the part as which `statistics` makes sense.
        discrete: Whether log_prob is a log-probability, not a log-density, and so
            independent of the unit of x.
        takes_missing: Whether log_prob takes NaN for an entry that is missing; see `families.Observed`.
        latent_shapes: The shape of each stochastic layer's z, from the top; None for one layer. See `families.TopDown`.
        sees_above: Whether, as a level of several, it is also given the decoder's state above it.
        relative: Whether, as a level of several, it is made relative to the prior; see `informed`.
        modalities: The names of the modalities that it is a family of, in order; None for one without names.
        event_shapes: {name: shape of one event} of a likelihood of modalities, else None. See `families.Modalities`.
        enumerated: How many values of a discrete part of z `draw` gives for each that is asked for; 1 for a draw alone.
        curved: Whether events lie on a curved manifold, off which a straight line between two of them leads.
        mean_parameter: The parameter that is the mean, of a family of independent counts; else None.
        levels: How many values a dimension of x has, 0, 1 / (levels - 1), ..., 1; None where they aren't counted.
        book_sizes: How many codes there are in each book of a quantised posterior; () for one that is not.
    """

    has_density = True
    density_anywhere = True
    path_gradient = True
    moves_as: str | None = None
    discrete = False
    curved = False
    takes_missing = False
    latent_shapes: tuple[tuple[int, ...], ...] | None = None
    sees_above = True
    relative = False
    modalities: tuple[str, ...] | None = None
    event_shapes: dict[str, tuple[int, ...]] | None = None
    enumerated = 1
    levels: Any = None
    book_sizes: tuple[int, ...] = ()
    mean_parameter: str | None = None

    def __init__(self, event_shape, **kwargs):
        super().__init__(**kwargs)
        self.event_shape = shape_tuple("event_shape", event_shape)
        if not self.event_shape:
            raise ValueError("Invalid value for argument `event_shape`. Expected at least one axis. Received: ()")
        self._noise = random.generator()
        self.head: Any = None

    @property
    def raw_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the raw parameters of one example: those of `head_shapes`, with () as 1 on each of the axes."""
        return {name: shape or (1,) * len(self.event_shape) for name, shape in self.head_shapes().items()}

    @property
    def indices_shape(self) -> tuple[int, ...]:
        """Shape of the numbers of one z's codes, of a quantised posterior: one for each position."""
        return self.event_shape[:-1]

    @property
    def measure(self) -> tuple[str, ...]:
        """What log_prob is a density over: one word per dimension of the flattened event.

        "real", "discrete" for a probability, "simplex", or a manifold with its dimension and curvature, whose own area
        or volume it then is. Distributions whose words differ can't be compared.
        """
        return ("discrete" if self.discrete else "real",) * math.prod(self.event_shape)

    @abc.abstractmethod
    def head_shapes(self) -> dict[str, tuple[int, ...]]:
        """Returns {parameter: shape} of the head's outputs: `event_shape`, with or without more axes, or another."""

    @abc.abstractmethod
    def constrain(self, raw) -> dict[str, Any]:
        """Returns the distribution's parameters from the head's `raw` ones, {name: [..., *shape]}."""

    @abc.abstractmethod
    def build_distribution(self, **parameters) -> tfd.Distribution:
        """Returns the `tfd.Distribution` with these parameters and `event_shape`."""

    def statistic_shapes(self) -> dict[str, tuple[int, ...]]:
        """Returns {statistic: shape} of what `move` follows; empty if nothing moves without a gradient."""
        return {}

    def statistics(self, distribution, value, weights) -> dict[str, Any]:
        """Returns {statistic: sum over examples of weight * the example's value}, so that parts of a batch add up.

        Args:
            distribution: What `distribution` returned, batch shape [B] or [K, B].
            value: What it is the distribution of: x for a likelihood, [B, *event_shape]; the draws of z for a
                posterior, [K, B, *event_shape].
            weights: [B], each example's share of the batch.
        """
        del distribution, value, weights
        return {}

    def move(self, means, count):
        """Takes a step by the statistics of a whole batch.

        A train step calls it after the gradients are known. If they are not finite, what it has assigned is put back.

        Args:
            means: {statistic: mean over the batch of all replicas}.
            count: Scalar, the sum of the sample weights of that batch.
        """
        del means, count

    def in_support(self, x):
        """Returns [B] bool, whether `build_distribution`'s log_prob is valid at each x, [B, *event_shape]."""
        finite = tf.math.is_finite(x)
        return tf.reduce_all(finite, axis=list(range(1, len(self.event_shape) + 1)))

    def build(self, features_shape):
        """Makes the head for features of shape [..., F] or [..., *event_shape[:-1], C].

        Raises:
            ValueError: The features have neither shape.
        """
        features = tuple(features_shape[1:])
        self.spatial = len(features) > 1
        if self.spatial and features[:-1] != self.event_shape[:-1]:
            raise ValueError(
                f"{type(self).__name__} over events of shape {self.event_shape} can't be made from features of "
                f"shape {features}. Expected flat features (F,), or {(*self.event_shape[:-1], 'C')}. Change "
                "the network's output size or the family's `event_shape`."
            )
        sizes = self.output_sizes()
        self.head = keras.layers.Dense(sum(sizes.values()), dtype=self.dtype_policy, name="head")
        self.head.build((None, features[-1]))
        self.features_shape = features
        self.built = True

    def heads(self, role, network, found) -> list[tuple[str, "Family", Any]]:
        """Returns [(role, family, features)] of each head that has to be built: its own.

        Args:
            role: "posterior" or "likelihood", for messages.
            network: "encoder" or "decoder", likewise.
            found: What the network returns, symbolic.
        """
        del network
        return [(role, self, found)]

    def _per_dimension(self, shape):
        return shape[: len(self.event_shape)] == self.event_shape

    def output_sizes(self) -> dict[str, int]:
        """Returns {parameter: how many outputs of the head, at each position, give it}, in their order."""
        positions = math.prod(self.event_shape[:-1]) if self.spatial else 1
        return {
            name: math.prod(shape) // (positions if self._per_dimension(shape) else 1)
            for name, shape in self.head_shapes().items()
        }

    def raw(self, features):
        """Runs the head: features -> {name: [..., *shape]}, or [..., 1, ..., 1] for `PER_EXAMPLE`."""
        features = tf.convert_to_tensor(features)
        batch = tf.shape(features)[: -len(self.features_shape)]
        # One matrix product however many sample and position axes there are.
        flat = self.head(tf.reshape(features, [-1, features.shape[-1]]))
        flat = tf.cast(flat, self.float_dtype)
        positions = math.prod(self.event_shape[:-1]) if self.spatial else 1
        sizes = self.output_sizes()
        pieces = tf.split(flat, list(sizes.values()), axis=-1)
        raw = {}
        for (name, shape), piece in zip(self.raw_shapes.items(), pieces, strict=True):
            if not self._per_dimension(self.head_shapes()[name]):
                piece = tf.reshape(piece, tf.concat([batch, [positions, sizes[name]]], 0))
                piece = tf.reduce_mean(piece, axis=-2)
            raw[name] = tf.reshape(piece, tf.concat([batch, shape], 0))
            raw[name] = tf.ensure_shape(raw[name], [*features.shape[: -len(self.features_shape)], *shape])
        return raw

    def parameters(self, features):
        """Returns the distribution's parameters.

        Args:
            features: [..., F] or [..., *event_shape[:-1], C], any leading axes.

        Returns:
            {name: tensor}, float32 or float64, each of shape [..., *event_shape]
            or broadcastable to it.
        """
        features = tf.convert_to_tensor(features)
        if not self.built:
            self.build(features.shape)
        return self.constrain(self.raw(features))

    def distribution(self, features, stop_parameters=False):
        """Returns p(. | features), batch shape [...], event shape `event_shape`.

        Args:
            features: As for `parameters`.
            stop_parameters: Cut the gradient to the parameters, as estimators
                such as sticking-the-landing do.
        """
        parameters = self.parameters(features)
        if stop_parameters:
            parameters = {name: tf.stop_gradient(value) for name, value in parameters.items()}
        return self.build_distribution(**parameters)

    def kind(self, count=1) -> Any:
        """Returns distributions whose raw parameters are 0, batch shape [count]: what is known of it without features.

        For checks, such as whether a KL has a closed form. It needs no head.
        """
        return self.of_raw(
            {name: tf.zeros([count, *shape], self.float_dtype) for name, shape in self.raw_shapes.items()}
        )

    def of_raw(self, raw) -> Any:
        """Returns the distribution of any raw parameters, {name: [..., *shape of raw_shapes]}, without a head."""
        return self.build_distribution(**self.constrain(raw))

    def by_level(self) -> list["Family"]:
        """Returns the family of each stochastic layer, this one being the posterior: itself, or those of its levels."""
        return [self]

    def pairs(self, prior) -> list[tuple[Any, Any]]:
        """Returns the kinds of q(z|x) and p(z) of each stochastic layer, this family being the posterior."""
        return [(self.kind(), prior.distribution(encode=lambda x: self.kind(len(x))))]

    def draw(self, law, num_samples, seed, exact=True) -> tuple[Any, Any, Any]:
        """Returns (z [K, ..., *event_shape], log q [K, ...] or None without a density, shares [K, ...] or None).

        Args:
            law: What `distribution` returned, batch shape [...].
            num_samples: How many draws.
            seed: int32[2].
            exact: Whether a family with a discrete part gives all its values, K = num_samples * `enumerated`, and
                the share of each in an expectation, in place of draws. Shares of None are 1 / K each.
        """
        del exact
        if not self.has_density:
            return law.sample(num_samples, seed=seed), None, None
        return *law.experimental_sample_and_log_prob(num_samples, seed=seed), None

    def informed(self, law, prior):
        """Returns the posterior of one of several stochastic layers, given its prior.

        Args:
            law: What `distribution` returned.
            prior: p(z_l|z_<l), the prior of the level.
        """
        del prior
        return law

    def read_off(self, law, x):
        """Returns p(x|z) with what it takes of x itself, such as a total count, for means and draws that are like x.

        log_prob takes as much of its own argument. By default the law as it is.

        Args:
            law: What `distribution` returned, batch shape [..., B].
            x: [B, *event_shape].
        """
        del x
        return law

    def call(self, features, seed=None):
        """Draws one event for each of `features`, differentiably where the family allows.

        Args:
            features: As for `parameters`.
            seed: int, int32[2], or None for the layer's own stream.

        Returns:
            [..., *event_shape] in float32 or float64.
        """
        return self.distribution(features).sample(seed=random.as_seed(seed, self._noise))

    def compute_output_shape(self, features_shape):
        """Returns the shape of a draw, which Keras's summary shows."""
        return (features_shape[0], *self.event_shape)

    def compute_output_spec(self, features, seed=None):
        """Returns the symbolic output, so that a family can be part of a functional model."""
        del seed
        if not self.built:
            self.build(features.shape)
        batch = features.shape[: -len(self.features_shape)]
        return keras.KerasTensor((*batch, *self.event_shape), dtype=self.float_dtype)
