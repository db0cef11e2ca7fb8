"""A family's distribution, transformed by flows."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.flows.flow import Flow

tfd = tfp.distributions


class _Law(tfd.Distribution):
    """The distribution of f_T(...f_1(z_0)), z_0 ~ base.

    TFP's TransformedDistribution would get the density of a draw by inverting the draw, or from a cache, which a
    bijector without an inverse would have to rely on.

    Args:
        base: The distribution of z_0.
        steps: (flow, its parameters) for each step.
    """

    def __init__(self, base: Any, steps):
        self._base, self._steps = base, steps
        super().__init__(
            dtype=base.dtype,
            reparameterization_type=base.reparameterization_type,
            validate_args=False,
            allow_nan_stats=True,
            name="Transformed",
        )

    def _batch_shape(self):
        return self._base.batch_shape

    def _batch_shape_tensor(self):
        return self._base.batch_shape_tensor()

    def _event_shape(self):
        return self._base.event_shape

    def _event_shape_tensor(self):
        return self._base.event_shape_tensor()

    def _forward(self, z):
        log_det = tf.zeros([], z.dtype)
        for flow, parameters in self._steps:
            z, added = flow.forward(z, **parameters)
            log_det += added
        return z, log_det

    def _sample_n(self, n, seed=None):
        return self._forward(self._base.sample(n, seed=seed))[0]

    def _sample_and_log_prob(self, sample_shape, seed):
        z, log_prob = self._base.experimental_sample_and_log_prob(sample_shape, seed=seed)
        z, log_det = self._forward(z)
        return z, log_prob - log_det

    def _log_prob(self, z):
        stuck = [flow for flow, _ in self._steps if not flow.invertible]
        if stuck:
            raise NotImplementedError(
                f"This law knows the density of its own draws only: {stuck[0]!r} has no inverse that could be computed."
                " Use experimental_sample_and_log_prob for draws and their densities, or an invertible flow, such as "
                "flows.InverseAutoregressive."
            )
        # Broadcast to the batch's axes from the start: a loop's state can't gain axes later.
        z = z + tf.zeros(tf.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0), z.dtype)
        log_det = tf.zeros([], z.dtype)
        for flow, parameters in reversed(self._steps):
            z, added = flow.inverse(z, **parameters)
            log_det += added
        return self._base.log_prob(z) + log_det

    def _mean(self):
        return self._forward(self._base.mean())[0]


@register
class Transformed(Family):
    """A family's distribution, passed through flows.

    z = f_T(... f_1(z_0)),  z_0 ~ base,  log q(z) = log base(z_0) - sum_t log|det df_t/dz|

    A draw and its density take one pass through the chain. As a posterior it needs
    KL(monte_carlo=True) or an importance-weighted term, since its KL has no closed
    form. Where a flow has no inverse (`flows.Planar`), the density is known only at its
    own draws: `density_anywhere` is False, and `log_prob` refuses.

    `mean` is the image of the base's mean, f_T(... f_1(E[z_0])), a point in the middle
    of the distribution rather than its expectation, which no flow gives.
    Reconstructions and latent directions are made from it. There is no `stddev`.

    Reference: Rezende and Mohamed (2015), Variational inference with normalizing
    flows, arXiv 1505.05770, equations 6 and 7.

    Args:
        base: A `families.Family` of vectors with a density; this family's head gives
            its parameters.
        flows: `flows.Flow`s of the same shape, in the order in which z passes them.

    Raises:
        ValueError: A base without density or of discrete values, no flows, or flows of another shape.

    >>> import tensorflow as tf
    >>> from tfvae.families import Normal, flows
    >>> posterior = Transformed(Normal((3,)), [flows.Radial((3,)), flows.Planar((3,))])
    >>> z, log_q = posterior.distribution(tf.zeros([5, 8])).experimental_sample_and_log_prob(2, seed=[0, 1])
    >>> z.shape, log_q.shape, posterior.density_anywhere
    (TensorShape([2, 5, 3]), TensorShape([2, 5]), False)
    """

    def __init__(self, base, flows, **kwargs):
        if not isinstance(base, Family) or not base.has_density or base.discrete or base.curved:
            raise ValueError(
                "Invalid value for argument `base`. Expected a family of real values with a density, such as "
                f"families.Normal((16,)). Received: base={base!r}"
            )
        flows = list(flows) if isinstance(flows, list | tuple) else [flows]
        if not flows or not all(isinstance(flow, Flow) and flow.event_shape == base.event_shape for flow in flows):
            raise ValueError(
                f"Invalid value for argument `flows`. Expected flows over the base's events, such as "
                f"[flows.Planar({base.event_shape})]. Received: flows={flows!r}"
            )
        super().__init__(base.event_shape, **kwargs)
        self.base = base
        self.flows = flows
        self.density_anywhere = base.density_anywhere and all(flow.invertible for flow in flows)

    @property
    def measure(self):
        """The base's measure."""
        return self.base.measure

    def _parts(self):
        return {"base": self.base, **{str(number): flow for number, flow in enumerate(self.flows)}}

    def _split(self, parameters):
        """Returns {part: {parameter: value}}."""
        split = {prefix: {} for prefix in self._parts()}
        for key, value in parameters.items():
            prefix, name = key.split("_", 1)
            split[prefix][name] = value
        return split

    def head_shapes(self):
        """Returns the parameters of the base and of every flow, prefixed with "base_" or the flow's number."""
        return {
            f"{prefix}_{name}": shape
            for prefix, part in self._parts().items()
            for name, shape in part.head_shapes().items()
        }

    def constrain(self, raw):
        """Returns the parameters of the base and of every flow, including those that no head gives."""
        split = self._split(raw)
        return {
            f"{prefix}_{name}": value
            for prefix, part in self._parts().items()
            for name, value in part.constrain(split[prefix]).items()
        }

    def build_distribution(self, **parameters) -> Any:
        """Returns the base's distribution, transformed."""
        split = self._split(parameters)
        steps = [(flow, split[str(number)]) for number, flow in enumerate(self.flows)]
        return _Law(self.base.build_distribution(**split["base"]), steps)
