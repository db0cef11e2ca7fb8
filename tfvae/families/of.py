"""Any distribution of TensorFlow Probability as a family."""

import inspect
import math
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions


def distribution_named(argument, value) -> Any:
    """Returns the class of `tfp.distributions` that `value`, a class or its name, denotes.

    Args:
        argument: Name of the argument, for the error.
        value: Such as `tfd.Gamma` or "Gamma".

    Raises:
        ValueError: `value` is neither.
    """
    name = value if isinstance(value, str) else getattr(value, "__name__", "")
    found = getattr(tfd, name, None) if name.isidentifier() else None
    known = inspect.isclass(found) and issubclass(found, tfd.Distribution)
    if not known or not (isinstance(value, str) or found is value):
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a class of tfp.distributions or its name, such as "
            f"tfd.Gamma: a file can hold only names. Received: {argument}={value!r}. For a distribution of your own "
            "write a families.Family: head_shapes, constrain and build_distribution."
        )
    return found


def float_outcomes(cls, parameters, dtype) -> Any:
    """Returns `cls(**parameters)` with outcomes of `dtype`, even where TFP's default is an integer."""
    wanted = {"dtype": tf.as_dtype(dtype)} if "dtype" in inspect.signature(cls.__init__).parameters else {}
    return cls(**parameters, **wanted)


@register
class Of(Family):
    """Any distribution of TensorFlow Probability, with its parameters from the head.

    The distribution itself defines (in `parameter_properties`) which parameters there
    are, their shapes, and the bijectors that map real numbers to them. A scalar
    distribution is repeated independently for each dimension of the event; a vector
    distribution covers the event's last axis.

    It is as numerically accurate as TFP is; families of this package with the same name
    may be more so.

    Args:
        distribution_class: A class of tfp.distributions, such as `tfd.Gamma`, or its name.
        event_shape: Shape of one event.
        fixed: {parameter: number} for those that the head doesn't give. Parameters
            without a bijector, such as a number of trials, must be given here.

    Raises:
        ValueError: Not a class of tfp.distributions; a parameter that can't come from a
            head; a distribution without log_prob or mean, or with another event shape.

    >>> import tensorflow as tf
    >>> from tensorflow_probability import distributions as tfd
    >>> family = Of(tfd.Gamma, (3,))
    >>> family, sorted(family.parameters(tf.zeros([5, 8])))
    (Of('Gamma', (3,)), ['concentration', 'log_rate'])
    >>> Of(tfd.Binomial, (3,), fixed={"total_count": 10.0})(tf.zeros([5, 8]), seed=1).shape
    TensorShape([5, 3])
    """

    def __init__(self, distribution_class, event_shape, fixed=None, **kwargs):
        super().__init__(event_shape, **kwargs)
        self._class = distribution_named("distribution_class", distribution_class)
        self.distribution_class = self._class.__name__
        self.fixed = dict(fixed) if fixed else None
        self._bijectors: dict[str, Any] = {}
        self._raw_shapes: dict[str, tuple[int, ...]] = {}
        for name, properties in self._properties().items():
            self._add(name, properties)
        self._check()

    def _fail(self, reason, fix):
        raise ValueError(
            f"{self.distribution_class} can't be a family over events of shape {self.event_shape}: {reason}. {fix}"
        )

    def _properties(self):
        try:
            every = self._class.parameter_properties(dtype=tf.as_dtype(self.float_dtype))
        except NotImplementedError:
            self._fail("TFP doesn't describe its parameters", "Write a families.Family for it.")
        given = self.fixed or {}
        unknown = sorted(set(given) - set(every))
        if unknown:
            raise ValueError(
                f"Invalid value for argument `fixed`. {self.distribution_class} has the parameters "
                f"{', '.join(every)}. Received: fixed={self.fixed!r}"
            )
        return {name: each for name, each in every.items() if each.is_preferred and name not in given}

    def _add(self, name, properties):
        try:
            shape = tuple(int(side) for side in properties.shape_fn(self.event_shape))
            bijector = properties.default_constraining_bijector_fn()
            raw_shape = tuple(bijector.inverse_event_shape(tf.TensorShape(shape)).as_list())
        except (NotImplementedError, TypeError, ValueError):
            self._fail(
                f"the head can't give its parameter `{name}`",
                f"Give a number, fixed={{{name!r}: ...}}, or write a families.Family for it.",
            )
        self._bijectors[name], self._raw_shapes[name] = bijector, raw_shape

    def _check(self):
        """Builds an instance, to check what the class alone doesn't tell."""
        with tf.init_scope():
            raw = {name: tf.zeros([1, *shape], self.float_dtype) for name, shape in self._raw_shapes.items()}
            try:
                trial = self.build_distribution(**self.constrain(raw))
                trial.log_prob(trial.sample(seed=[0, 0]))
                trial.mean()
            except NotImplementedError as error:
                self._fail(f"TFP has no {error}".splitlines()[0], "Write a families.Family for it.")
            except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:
                self._fail(f"TFP says: {error}".splitlines()[0], "Look at `fixed` and the event's shape.")
        if trial.event_shape != self.event_shape or trial.batch_shape != (1,):
            self._fail(f"its events have the shape {tuple(trial.event_shape)}", "Change `event_shape`.")
        if "Deterministic" in self.distribution_class:
            self._fail("it has no density", "Use families.Deterministic, which says so.")
        law = trial.distribution if isinstance(trial, tfd.Independent) else trial
        # Continuous distributions have a bijector onto their events, discrete ones None.
        try:
            self.discrete = law.experimental_default_event_space_bijector() is None
        except (NotImplementedError, TypeError):  # the simplex's fails under NumPy 2
            self.discrete = False
        self.path_gradient = not self._support_moves()
        with tf.init_scope():
            total = tf.reduce_sum(trial.sample(16, seed=[0, 1]), axis=-1)
        vectors = law.event_shape.rank == 1 and not self.discrete
        self._simplex = vectors and bool(tf.reduce_all(tf.abs(total - 1) < 1e-3))

    def _support_moves(self):
        """Returns whether the ends of a scalar distribution's support depend on its parameters."""
        ends = []
        with tf.init_scope():
            for number in (0.0, 1.0):
                raw = {name: tf.fill([1, *shape], number) for name, shape in self._raw_shapes.items()}
                raw = {name: tf.cast(value, self.float_dtype) for name, value in raw.items()}
                trial = self.build_distribution(**self.constrain(raw))
                law = trial.distribution if isinstance(trial, tfd.Independent) else trial
                try:
                    bijector = law.experimental_default_event_space_bijector()
                except (NotImplementedError, TypeError):
                    return False
                if bijector is None or law.event_shape.rank:
                    return False
                far = tf.reshape(tf.constant([-30.0, 30.0], self.float_dtype), [2, *[1] * law.batch_shape.rank])
                ends.append(bijector.forward(far))
        return bool(tf.reduce_any(ends[0] != ends[1]))

    @property
    def measure(self):
        """Draws of vectors that sum to 1 lie on a simplex."""
        return ("simplex",) * math.prod(self.event_shape) if self._simplex else super().measure

    def head_shapes(self):
        """Returns the parameters that are not fixed, in the shapes of the bijectors' inputs."""
        return self._raw_shapes

    def constrain(self, raw):
        """Returns the parameters, mapped by the bijectors that TFP defines for them."""
        parameters = {}
        for name, value in raw.items():
            if self._raw_shapes[name] == ():
                # One per example, for a distribution whose batch has no other axes.
                value = tf.reshape(value, tf.shape(value)[: value.shape.rank - len(self.event_shape)])
            parameters[name] = self._bijectors[name].forward(value)
        return parameters

    def build_distribution(self, **parameters) -> Any:
        """Returns the distribution, made Independent over the event axes that it doesn't have itself."""
        fixed = {name: tf.constant(value, self.float_dtype) for name, value in (self.fixed or {}).items()}
        law = float_outcomes(self._class, {**parameters, **fixed}, self.float_dtype)
        axes = len(self.event_shape) - law.event_shape.rank
        return tfd.Independent(law, reinterpreted_batch_ndims=axes) if axes > 0 else law

    def in_support(self, x):
        """Returns [B] bool, whether each x has a log-probability at raw parameters of 0."""
        raw = {name: tf.zeros([1, *shape], x.dtype) for name, shape in self._raw_shapes.items()}
        log_prob = self.build_distribution(**self.constrain(raw)).log_prob(x)
        return tf.logical_and(super().in_support(x), tf.math.is_finite(log_prob))
