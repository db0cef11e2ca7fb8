"""A mixture of a family's distributions."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families import per_class
from tfvae.families.family import Family

tfd = tfp.distributions


class _Mixture(tfd.MixtureSameFamily):
    """TFP's, with draws by `tfvae.random`, whose gradient is the implicit one.

    TFP has that gradient, too, but takes a Jacobian for it by a loop in the graph, which is several times slower.
    """

    reparameterization_type = tfd.FULLY_REPARAMETERIZED

    def _sample_n(self, n, seed=None, **kwargs):
        first, second = tf.unstack(tfp.random.split_seed(seed, n=2))
        each = self.components_distribution.sample(n, seed=first)  # [n, *batch, K, *event]
        batch = tf.shape(each)[: each.shape.rank - self.event_shape.rank]
        chosen = random.index(tf.broadcast_to(self.mixture_distribution.logits, batch), second)
        return self._smooth(tf.gather(each, chosen, batch_dims=chosen.shape.rank, axis=chosen.shape.rank))

    def _smooth(self, draws):
        """Returns the draws, with a gradient: dx = -J^-1 dT, T_i = F(x_i|x_<i), the map that makes them uniform."""
        draws = tf.stop_gradient(draws)
        axis = draws.shape.rank - self.event_shape.rank
        scalars = self.components_distribution.distribution
        with tf.GradientTape() as tape:
            x = tf.repeat(tf.expand_dims(draws, axis), self.mixture_distribution.logits.shape[-1], axis)
            tape.watch(x)
            log_probs = scalars.log_prob(x)
        flat = tf.concat([tf.shape(x)[: axis + 1], [self.event_shape.num_elements()]], 0)
        slopes, log_probs, below = (
            tf.reshape(each, flat) for each in (tape.gradient(log_probs, x), log_probs, scalars.cdf(x))
        )  # [n, *batch, K, D]
        logits = tf.expand_dims(self.mixture_distribution.logits, -1)
        weights = tf.nn.softmax(logits + tf.cumsum(log_probs, axis=-1, exclusive=True), axis=-2)
        transformed = tf.reduce_sum(weights * below, axis=-2)
        # dT_i / dx_i is the density of x_i; for j < i it is how x_j moves the weights of x_i.
        density = tf.reduce_sum(weights * tf.exp(log_probs), axis=-2)
        moved = tf.matmul(weights * below, slopes, transpose_a=True)
        moved -= tf.expand_dims(transformed, -1) * tf.matmul(weights, slopes, transpose_a=True)
        jacobian = tf.linalg.set_diag(tf.linalg.band_part(moved, -1, 0), density)
        step = -tf.linalg.triangular_solve(tf.stop_gradient(jacobian), tf.expand_dims(transformed, -1))[..., 0]
        step = tf.reshape(step, tf.shape(draws))
        return draws + (step - tf.stop_gradient(step))


@register
class Mixture(Family):
    """A mixture of K distributions of one family over the same events, all made by the network.

    p(x) = sum_k w_k p_k(x),  w = softmax(logits)

    As a posterior it has several modes, or a shape that one Gaussian has not; as it
    knows its density, log sum_k w_k p_k(z), an importance-weighted bound is as for any
    other. Draws move smoothly with weights and components alike: their gradient is the
    implicit one. Use KL(monte_carlo=True). `mean` is that of the mixture. As the family of a
    level of `priors.Hierarchical` it is a mixture that depends on the level above, the prior
    of the GMVAE; of which component an event is, `latent.class_probabilities` says.

    Reference: Graves (2016), Stochastic backpropagation through mixture density
    distributions, arXiv 1607.05690; Figurnov, Mohamed and Mnih (2018), Implicit
    reparameterization gradients, arXiv 1805.08498; Dilokthanakul et al. (2016), Deep
    unsupervised clustering with Gaussian mixture variational autoencoders, arXiv 1611.02648.

    Args:
        family: A family of independent dimensions with distribution functions, such as `families.Normal` or
            `families.Laplace`; it stays without a head.
        components: K.
        equal_weights: Whether w_k = 1 / K, whatever the network says.

    Raises:
        ValueError: `family` is anything else, or `components` is no int of 2 or more.

    >>> import tensorflow as tf
    >>> from tfvae.families import Normal
    >>> posterior = Mixture(Normal((3,)), components=5)
    >>> posterior(tf.zeros([2, 8]), seed=1).shape
    TensorShape([2, 3])
    """

    def __init__(self, family, components=5, equal_weights=False, **kwargs):
        expected = "a family of independent, smooth dimensions, such as families.Normal((16,))"
        if not isinstance(family, Family) or family.discrete:
            raise arguments.invalid("family", expected, family)
        law = per_class.check(family).kind()
        scalars = law.distribution if isinstance(law, tfd.Independent) else None
        if scalars is None or scalars.event_shape.rank or scalars.reparameterization_type != tfd.FULLY_REPARAMETERIZED:
            raise arguments.invalid("family", expected, family)
        try:
            scalars.cdf(scalars.mean())
        except NotImplementedError:
            raise arguments.invalid("family", expected, family) from None
        super().__init__(family.event_shape, **kwargs)
        self.family = family
        self.components = arguments.integer("components", components, "an int >= 2", minimum=2)
        if not isinstance(equal_weights, bool):
            raise arguments.invalid("equal_weights", "a bool", equal_weights)
        self.equal_weights = equal_weights
        self.path_gradient = family.path_gradient

    @property
    def measure(self):
        """The family's measure."""
        return self.family.measure

    def head_shapes(self):
        """Returns a logit for each component, unless they are alike, and the family's parameters for each."""
        shapes = per_class.head_shapes(self.components, self.family)
        return {name: shape for name, shape in shapes.items() if name != "logits" or not self.equal_weights}

    def constrain(self, raw):
        """Returns the logits as they are, and the family's parameters for each component."""
        weights = {"logits": tf.zeros([self.components], self.float_dtype)} if self.equal_weights else {}
        return per_class.constrain(self.family, raw | weights)

    def build_distribution(self, logits, **parameters) -> Any:
        """Returns the mixture."""
        components = per_class.build(self.family, parameters)
        return _Mixture(tfd.Categorical(logits=logits), components)
