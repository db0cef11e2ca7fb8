"""Builds the Python objects that the tables of a configuration name.

There is no list of parts here: a name is looked up in tfvae's public modules
and called with the table's entries as its arguments.
"""

import importlib
import inspect
import re

from tfvae_cli.problem import Problem, one_line, unknown

_PART = "part"

# The modules that the parts of an argument come from, so that a name needs no prefix.
_MODULES = {
    "encoder": ("tfvae.networks",),
    "decoder": ("tfvae.networks",),
    "network": ("tfvae.networks",),
    "critic": ("tfvae.networks",),
    "kernel": ("tfvae.terms.kernels",),
    "game": ("tfvae.terms.games",),
    "metric": ("tfvae.terms.geometry",),
    "enlarge": ("tfvae.networks", "keras.layers"),
    "posterior": ("tfvae.families",),
    "likelihood": ("tfvae.families",),
    "base": ("tfvae.families",),
    "family": ("tfvae.families",),
    "flows": ("tfvae.families.flows",),
    "flow": ("tfvae.families.flows",),
    "prior": ("tfvae.priors",),
    "objective": ("tfvae.terms",),
    "bound": ("tfvae.terms",),
    "inference": ("tfvae.terms",),
    "generative": ("tfvae.terms",),
    "weight": ("tfvae.terms.balanced", "tfvae.schedules", "keras.optimizers.schedules"),
    "preprocessing": ("tfvae.data",),
    "optimizer": ("keras.optimizers",),
    "critic_optimizer": ("keras.optimizers",),
    "callbacks": ("tfvae.callbacks", "keras.callbacks"),
}
# Any other argument, such as a weight, beta or a learning rate, is a number that may follow a schedule.
_SCHEDULES = ("tfvae.schedules", "keras.optimizers.schedules")
# Arguments that every Keras layer takes and no part uses.
_OF_LAYERS = ("activity_regularizer", "trainable", "autocast")


class Shapes:
    """The shapes that a part needs and that a configuration needn't repeat.

    Args:
        image: (height, width, channels) of x.
        latent: Shape of z.
        num_classes: Number of labels, or None.
    """

    def __init__(self, image, latent, num_classes=None):
        self.image, self.latent, self.num_classes = tuple(image), tuple(latent), num_classes

    def wider(self, channels):
        """Returns the shapes for a network that gets a condition as additional channels."""
        image, latent = ((*shape[:-1], shape[-1] + channels) for shape in (self.image, self.latent))
        return Shapes(image, latent, self.num_classes)

    def of(self, argument, role):
        """Returns the value of a shape argument of a part in a role, or None if it isn't a shape argument."""
        of_latent = {"event_shape": ("posterior", "prior"), "input_shape": ("decoder",)}
        if argument in of_latent:
            return self.latent if role in of_latent[argument] else self.image
        image = {"image_shape": self.image, "x_shape": self.image}
        known = {"latent_shape": self.latent, "num_classes": self.num_classes, **image}
        return known.get(argument)


def build(config, value, keys, shapes, role=None, made=True):
    """Returns the object that a value of a configuration stands for.

    Args:
        config: The `Config`, for errors.
        value: A part's table, a list whose items may be parts, or a plain value.
        keys: Where the value is, such as ("model", "objective", 0).
        shapes: `Shapes`.
        role: The model's argument that the value is for; by default the last name among `keys`.
        made: Whether to return an instance of a part's class, or the class.

    Raises:
        Problem: There is no such part or argument, or the part refuses its arguments.
    """
    argument = next(key for key in reversed(keys) if isinstance(key, str))
    role = role or argument
    if isinstance(value, list):
        return [build(config, item, (*keys, number), shapes, role) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    table = dict(value)
    if _PART not in table:
        raise Problem(
            f"{config.where(*keys)}: expected the key {_PART!r}, a part's name. Received keys: {sorted(table)}."
        )
    name = table.pop(_PART)
    factory = _find(config, name, argument, keys)
    if not made:
        for key in table:
            raise Problem(f"{config.where(*keys, key)}: {argument} is a class, which takes no arguments here.")
        return factory
    inner, takes = shapes, parameters(factory)
    if "condition_shape" in takes:
        inner = shapes.wider(table.get("num_classes", shapes.num_classes) or 0)
    classes = [key for key, parameter in takes.items() if _is_class(parameter.default)]
    arguments = {key: build(config, item, (*keys, key), inner, role, key not in classes) for key, item in table.items()}
    return call(config, factory, arguments, keys, shapes, role)


def parameters(factory):
    """Returns {name: `inspect.Parameter`} of the parameters of a function or a class's constructor."""
    if not inspect.isclass(factory):
        return dict(inspect.signature(factory).parameters)
    # Keras's layers also have a `__new__(cls, *args, **kwargs)`, and early versions of Python 3.11 show its signature.
    _, *own = inspect.signature(factory.__init__).parameters.items()
    return dict(own)


def _is_class(default):
    return inspect.isclass(default) and default is not inspect.Parameter.empty


def call(config, factory, arguments, keys, shapes, role=None):
    """Calls a part's constructor, a recipe or a method with checked arguments.

    Fills in required shapes that are not among the arguments.
    """
    takes = {
        name: parameter
        for name, parameter in parameters(factory).items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }
    allowed = _arguments(factory)
    for argument in arguments:
        if argument not in allowed:
            what = f"argument of {getattr(factory, '__name__', 'it')}"
            raise Problem(f"{config.where(*keys, argument)}: {unknown(what, argument, allowed)}")
    missing = []
    for name, parameter in takes.items():
        if name not in arguments and (parameter.default is parameter.empty or name == "num_classes"):
            value = shapes.of(name, role)
            if value is not None:
                arguments[name] = value
            elif parameter.default is parameter.empty:
                missing.append(name)
    if missing:
        raise Problem(f"{config.where(*keys)}: {factory.__name__} needs {', '.join(missing)}. Add it to the table.")
    try:
        return factory(**arguments)
    except (ValueError, TypeError, AttributeError) as error:
        raise Problem(f"{blamed(config, keys, arguments, error)}: {one_line(error)}") from error


def blamed(config, keys, arguments, error):
    """Returns the location of the argument that an error names, or of the call's table if it names none."""
    named = re.search(r"[Aa]rgument `(\w+)`", str(error))
    return config.where(*keys, named[1]) if named and named[1] in arguments else config.where(*keys)


def _arguments(factory):
    """Returns the names of a function's arguments; for a class, with those of the bases that it passes **kwargs to."""
    names = []
    for function in inspect.getmro(factory) if inspect.isclass(factory) else [factory]:
        takes = parameters(function).values()
        names += [p.name for p in takes if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        if not any(p.kind is p.VAR_KEYWORD for p in takes):
            break
    return [name for name in dict.fromkeys(names) if name not in _OF_LAYERS]


def _find(config, name, argument, keys):
    where = config.where(*keys, _PART)
    if not isinstance(name, str):
        raise Problem(f"{where}: expected a part's name, a string. Received: {name!r}.")
    modules = _MODULES.get(argument, _SCHEDULES)
    known = {}
    for module in modules:
        loaded = importlib.import_module(module)
        public = getattr(loaded, "__all__", [entry for entry in dir(loaded) if not entry.startswith("_")])
        for entry in public:
            if callable(getattr(loaded, entry)) and not inspect.isabstract(getattr(loaded, entry)):
                known.setdefault(entry, getattr(loaded, entry))
    # "Normal", "families.Normal" and "tfvae.families.Normal" are the same.
    prefix, _, short = name.rpartition(".")
    fits = not prefix or any(f".{module}".endswith(f".{prefix}") for module in modules)
    if not fits or short not in known:
        raise Problem(f"{where}: {unknown(f'part for {argument}', name, known)}")
    return known[short]
