"""Configuration, written once for all parts.

A part is described by the arguments of its constructor and nothing else: each
argument becomes an attribute of the same name, so the configuration that Keras
needs to write and read a model follows from the signature.
"""

import inspect
import re
from typing import Any

import keras

from tfvae import arguments

# What every Keras layer takes besides a part's own arguments; error messages name only the first two.
_OF_LAYERS = ("name", "dtype", "trainable", "autocast", "activity_regularizer")


def register(cls):
    """Registers a class under `tfvae>ClassName`, so that a saved model finds it.

    Raises:
        ValueError: Another part has this name, so a file of one would be read as the other.
    """
    taken = keras.saving.get_registered_object(f"tfvae>{cls.__name__}")
    if taken is not None and taken.__module__ != cls.__module__:
        raise ValueError(f"{cls.__module__} registers the name of {taken.__module__}.{taken.__name__}. Choose another.")
    return keras.saving.register_keras_serializable("tfvae")(cls)


def snake_case(name):
    """Returns the snake_case form of a CamelCase class name.

    >>> snake_case("NegativeLogLikelihood"), snake_case("KL")
    ('negative_log_likelihood', 'kl')
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def shape_tuple(argument, value):
    """Returns `value` as a tuple of positive ints.

    Args:
        argument: Name of the argument, for the error.
        value: An int or a sequence of ints.

    Raises:
        ValueError: Something other than a shape was given.
    """
    dims = (value,) if isinstance(value, int) else value
    try:
        shape = tuple(int(dim) for dim in dims)
    except (TypeError, ValueError):
        shape = (0,)
    if any(dim <= 0 for dim in shape) or list(shape) != list(dims):
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a shape without the batch, "
            f"such as (16,) or (28, 28, 1). Received: {argument}={value!r}"
        )
    return shape


def described(part: Any):
    """Returns a part's repr; of a Keras model or schedule, whose repr says nothing, what it is; likewise of several.

    >>> described(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
    '<Sequential (3,) -> (2,), 8 parameters>'
    >>> x = keras.Input((3,))
    >>> described(keras.Model(x, [x, keras.layers.Dense(2)(x)]))
    '<Functional (3,) -> (3,), (2,), 8 parameters>'
    >>> described(keras.optimizers.schedules.PiecewiseConstantDecay([100], [0.0, 1.0]))
    'PiecewiseConstantDecay(boundaries=[100], values=[0.0, 1.0])'
    """
    if isinstance(part, dict):
        return f"{{{', '.join(f'{name!r}: {described(each)}' for name, each in part.items())}}}"
    if isinstance(part, list | tuple):
        networks = part and all(hasattr(each, "input_shape") for each in part)
        return f"[{', '.join(map(described, part))}]" if networks else repr(part)
    if isinstance(part, keras.optimizers.schedules.LearningRateSchedule) and type(part).__repr__ is object.__repr__:
        given = {name: value for name, value in part.get_config().items() if name != "name"}
        return f"{type(part).__name__}({', '.join(f'{name}={value!r}' for name, value in given.items())})"
    if not hasattr(part, "input_shape"):
        return repr(part)
    shapes = " -> ".join(_without_batch(shape) for shape in (part.input_shape, part.output_shape))
    return f"<{type(part).__name__} {shapes}, {part.count_params():,} parameters>"


def _arguments(cls):
    """Returns (name, parameter) of each argument of a class's own constructor, without Keras's `**kwargs`."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    return [(p.name, p) for p in parameters if p.name != "self" and p.kind is not p.VAR_KEYWORD]


def _without_batch(shape):
    return ", ".join(map(_without_batch, shape)) if isinstance(shape, list) else str(shape[1:])


class Configured:
    """Mixin: `get_config` and `from_config` derived from `__init__`'s signature.

    Attributes:
        given_name: The `name` that the caller chose, or None. A name that Keras
            made up only counts instances over the whole process; it is neither
            saved nor shown.

    Raises:
        TypeError: An argument that the part doesn't have; the message names the closest match.
    """

    # Provided by the Keras class that this is mixed into.
    dtype_policy: keras.DTypePolicy
    trainable: bool

    def __init__(self, *, name=None, **kwargs):
        own = [argument for argument, _ in _arguments(type(self))]
        unknown = [argument for argument in kwargs if argument not in _OF_LAYERS]
        arguments.keywords(type(self).__name__, unknown, [*own, *_OF_LAYERS[:2]])
        super().__init__(**{"name": name, **kwargs})
        self.given_name = name

    def said(self):
        """Returns the constructor's arguments as one would write them, leaving out defaults."""
        said = []
        for argument, parameter in _arguments(type(self)):
            value = getattr(self, argument)
            if parameter.default is parameter.empty:
                said.append(described(value))
            elif value != parameter.default:
                said.append(f"{argument}={described(value)}")
        return said

    def __repr__(self):
        """Returns the part as one would write it, such as `KL(free_bits=0.25)`."""
        name = [] if self.given_name is None else [f"name={self.given_name!r}"]
        return f"{type(self).__name__}({', '.join(self.said() + name)})"

    def get_config(self):
        """Returns the constructor's arguments, with nested parts serialised."""
        config = {"dtype": keras.dtype_policies.serialize(self.dtype_policy), "trainable": self.trainable}
        if self.given_name is not None:
            config["name"] = self.given_name
        for argument, _ in _arguments(type(self)):
            config[argument] = keras.saving.serialize_keras_object(getattr(self, argument))
        return config

    @classmethod
    def from_config(cls, config):
        """Builds the part from `get_config`'s result; nested parts are rebuilt by Keras."""
        config = {key: keras.saving.deserialize_keras_object(value) for key, value in config.items()}
        trainable = config.pop("trainable", True)
        part = cls(**config)
        part.trainable = trainable
        return part


class Component(Configured, keras.layers.Layer):
    """Base of every part: families, priors, terms, preprocessing, networks with parts."""

    def __init__(self, **kwargs):
        # Parts do their own casting: targets and parameters of distributions stay in float32 or above.
        super().__init__(**{"autocast": False, **kwargs})
        # A part without a `build` of its own is built from the start.
        self.built = type(self).build is keras.layers.Layer.build

    @property
    def float_dtype(self):
        """Name of the dtype of this part's probabilities: float64 if the part computes in float64, else float32."""
        return "float64" if self.compute_dtype == "float64" else "float32"
