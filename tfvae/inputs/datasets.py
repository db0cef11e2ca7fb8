"""Checks of the inputs to `fit`, `evaluate` and `predict`, made before the first step wherever possible."""

import inspect
import string
import warnings

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.arguments import kinds
from tfvae.data import epoch, finite, intensity, resident
from tfvae.inputs import arrays, batch, conditions, form

_ARRAYS = np.ndarray | tf.Tensor
_LOOKED_AT = 32  # rows of an array that are checked
_OWN_MODULES = ("keras", "tfvae", "tfvae_cli")


def in_memory(missing=(), **arrays):
    """Refuses arrays that are empty or hold NaN or infinity, by their argument names; other values pass.

    Args:
        missing: Names of those in which NaN marks a missing entry.
        **arrays: {argument: value}.
    """
    for argument, value in arrays.items():
        if isinstance(value, _ARRAYS) and value.ndim:
            if not len(value):
                raise ValueError(
                    f"Invalid value for argument `{argument}`. It is empty. Expected at least one example."
                )
            finite.check(argument, value, argument in missing)
    lengths = {argument: len(value) for argument, value in arrays.items() if isinstance(value, _ARRAYS) and value.ndim}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Expected arrays with the same number of examples. Received: {lengths}")
    weights = arrays.get("sample_weight")
    if isinstance(weights, _ARRAYS):
        finite.check_weights(weights)
        batch.weights(weights)


def _unread(vae, argument, x, y, sample_weight, steps):
    """Refuses data by what is known without reading any of it."""
    for name, value in ((argument, x), ("y", y), ("sample_weight", sample_weight)):
        kinds.source(name, value)
    takes_missing = vae.likelihood.takes_missing
    in_memory((argument,) if takes_missing else (), **{argument: x, "y": y, "sample_weight": sample_weight})
    held = resident.of(x)
    if held is not None and not takes_missing:
        finite.refuse(argument, held.incomplete, held.count)
    if y is not None and isinstance(x, _ARRAYS) and 0 not in y.shape[1:]:  # see `batch.keep_weights`
        conditions.presence(vae, y, x=x, batch=True)
        conditions.check(vae, y)
    if steps is not None:
        kinds.ends(argument, x, steps)
    if isinstance(x, tf.data.Dataset):
        kinds.elements(argument, x, named=form.of(vae).named)
        spec = x.element_spec
        shape = form.of(vae).spec(argument, spec[0] if isinstance(spec, tuple | list) else spec).shape
    else:
        shape = x.shape if isinstance(x, _ARRAYS) else None
    if shape is not None:
        arrays.event_shape(vae.likelihood, tf.TensorSpec(shape))


def gathered(vae, x, argument="x"):
    """Returns a dict in memory, of modalities or columns, or (that, condition), as one array; all else as it is."""
    if isinstance(x, tuple | list) and len(x) == 2 and isinstance(x[0], dict):
        return form.of(vae).gathered(argument, x[0]), x[1]
    return form.of(vae).gathered(argument, x)


def _values(vae, x):
    """Refuses an array whose first values can't be raw data; the graph of a step can't check values."""
    if isinstance(x, _ARRAYS):
        vae.preprocess(x[:_LOOKED_AT])


def _first(x, y=None, sample_weight=None):
    """Returns the first batch, None if there is none, and the data with all its batches."""
    if isinstance(x, tf.data.Dataset):
        with epoch.at(0):  # a peek doesn't count as a pass
            return next(iter(x.take(1)), None), x
    if isinstance(x, _ARRAYS):
        few = [None if value is None else value[:_LOOKED_AT] for value in (x, y, sample_weight)]
        return (few[0],) if y is None else tuple(few), x
    if isinstance(x, keras.utils.PyDataset):
        return x[0], x
    if kinds.is_generator(x):
        first = next(x, None)

        def again():
            yield first
            yield from x

        return first, x if first is None else again()
    return (), x


def _look(vae, given, name):
    """Refuses a batch that doesn't fit the model, and returns its x as the model sees it."""
    if given is None:
        raise ValueError(f"The {name} is empty. Expected at least one batch.")
    raw, _, _ = vae.unpack(given)
    missing = vae.likelihood.takes_missing
    bad = finite.rows(raw, missing) if isinstance(raw, _ARRAYS) else ()
    if len(bad):
        raise ValueError(
            f"The first batch of the {name} holds {finite.kinds(missing)}, in the examples "
            f"{', '.join(map(str, bad[:5]))} of it. {finite.of_stream(missing)}{finite.hint(missing)}"
        )
    if vae.preprocessing is not None:
        vae.preprocessing.check(raw)
    # Uses a draw that no step of a training or an evaluation makes; see `VAE.test_step`.
    return vae.preprocess(raw, seed=random.fold(random.as_seed(0, None), 0, 4))


def evaluated(vae, x, y=None, sample_weight=None, steps=None):
    """Refuses data for `evaluate` that is empty, endless, of the wrong shape or, if it can be seen, not finite."""
    _unread(vae, "x", x, y, sample_weight, None if steps else "steps")
    _values(vae, x)
    if isinstance(x, tf.data.Dataset) and int(x.cardinality()) == 0:
        raise ValueError("The data given to `evaluate` is empty. Expected at least one batch.")


def predicted(vae, x, steps=None):
    """Refuses data for `predict`, x or (x, condition), by what is known without reading a dataset."""
    x, y = x if isinstance(x, tuple | list) and len(x) == 2 and vae.labelled else (x, None)
    _unread(vae, "x", x, y, None, None if steps else "steps")
    _values(vae, x)


def fit_arguments(vae, x, y, batch_size, epochs, callbacks, others):
    """Refuses invalid arguments of `fit`; `others` holds the remaining ones by name."""
    arguments.keywords(
        "fit", others, [name for name in inspect.signature(keras.Model.fit).parameters if name != "self"]
    )
    listed = getattr(callbacks, "callbacks", tf.nest.flatten(callbacks or []))
    for callback in listed:
        if not isinstance(callback, keras.callbacks.Callback):
            raise arguments.invalid(
                "callbacks", "a list of callbacks, such as tfvae.callbacks.EarlyStopping()", callback
            )
    arguments.integer("epochs", epochs)
    for name in ("steps_per_epoch", "validation_steps", "validation_batch_size"):
        if others.get(name) is not None:
            arguments.integer(name, others[name])
    if x is None:
        raise arguments.invalid("x", "images, an array or a tf.data.Dataset, such as data.load(name)[0]", x)
    _unread(vae, "x", x, y, others.get("sample_weight"), None if others.get("steps_per_epoch") else "steps_per_epoch")
    if batch_size is not None and isinstance(x, tf.data.Dataset):
        raise ValueError(
            "Argument `batch_size` does not apply to a dataset, which has its batches already. Received: "
            f"batch_size={batch_size!r}. Leave it out, and give the size to data.load or data.from_array."
        )
    if batch_size is not None:
        arguments.integer("batch_size", batch_size)
    validates = others.get("validation_data") is not None or bool(others.get("validation_split"))
    monitors(vae, listed, validates)
    directions(vae, listed)
    for callback in listed:
        watched = getattr(callback, "validation_data", None)
        if watched is not None:
            kinds.ends("validation_data", watched)
            _look(vae, _first(watched)[0], f"`validation_data` of {type(callback).__name__}")


def validation(vae, given, steps=None):
    """Refuses `validation_data` that doesn't fit the model, as `first_batch` does; returns it with all its batches."""
    if given is None:
        return None
    if isinstance(given, str) or (isinstance(given, tuple | list) and not 1 <= len(given) <= 3):
        raise arguments.invalid("validation_data", "a dataset, or a tuple (x, y[, sample_weight])", given)
    x, *rest = given if isinstance(given, tuple | list) else (given,)
    x, rest = gathered(vae, x, "validation_data"), [kinds.plain(value) for value in rest]
    y, sample_weight = (*rest, None, None)[:2]
    _unread(vae, "validation_data", x, y, sample_weight, None if steps else "validation_steps")
    if y is not None and not isinstance(x, _ARRAYS):
        raise arguments.invalid("validation_data", "a dataset by itself, whose batches are (x, condition)", given)
    first, x = _first(x, y, sample_weight)
    if not isinstance(first, tuple) or first:
        _look(vae, first, "data given to `fit` as `validation_data`")
    return (x, *rest) if isinstance(given, tuple | list) else x


def monitors(vae, callbacks, validates):
    """Refuses callbacks, including Keras's own, that monitor a metric which no epoch will have."""
    known = {metric.name for metric in vae.metrics}
    known |= {f"val_{name}" for name in known} if validates else set()
    for callback in callbacks:
        module = type(callback).__module__.split(".")[0]
        if module not in _OWN_MODULES or isinstance(callback, keras.callbacks.LambdaCallback):
            return  # it may add its own metrics to the logs that later callbacks see
        if getattr(callback, "save_freq", "epoch") != "epoch":
            continue
        asked = [callback.monitor] if isinstance(getattr(callback, "monitor", None), str) else []
        asked = [] if getattr(callback, "save_best_only", True) is False else asked
        path = getattr(callback, "filepath", None)
        inside = [name for _, name, _, _ in string.Formatter().parse(str(path)) if name] if path else []
        for argument, names in (("monitor", asked), ("filepath", inside)):
            unknown = [name for name in names if name not in known | {"epoch", "batch", "learning_rate"}]
            if unknown:
                fix = "Name one of them" if validates else "There is no validation: give validation_data to `fit`"
                raise ValueError(
                    f"Invalid value for argument `{argument}` of {type(callback).__name__}. Expected a metric of the "
                    f"epoch's logs: {', '.join(sorted(known))}. Received: {argument}={unknown[0]!r}. {fix}."
                )


def directions(vae, callbacks):
    """Resolves `mode="auto"` of each callback, including Keras's own, to the better direction of its metric.

    Keras finds the direction only of metrics given to `compile`.
    """
    better = {metric.name: {"up": "max", "down": "min"}[metric._direction] for metric in vae.metrics}
    for callback in callbacks:
        name = str(getattr(callback, "monitor", "")).removeprefix("val_")
        if getattr(callback, "mode", None) == "auto" and name in better:
            callback.mode = better[name]


def _enough(vae, given, x, batch_size):
    """Refuses batches too small for a term that compares examples; a later, smaller one is no mistake."""
    size = min(batch_size or 32, len(x)) if isinstance(x, _ARRAYS) else len(vae.unpack(given)[0])
    for term in vae.objective:
        if size < term.least_examples:
            raise ValueError(
                f"{term!r} compares the examples of a batch with each other and needs at least {term.least_examples} "
                f"in each. Received: batches of {size}. Give a larger `batch_size` to `fit`, data.load or "
                "data.from_array."
            )


def first_batch(vae, x, y=None, sample_weight=None, batch_size=None):
    """Checks one batch eagerly: refuses data that doesn't fit, and warns about values outside the support.

    Args:
        vae: The model.
        x: Data as for `fit`, like all that follow.
        y: The condition.
        sample_weight: Weights.
        batch_size: Batch size for arrays; None is Keras's default.

    Returns:
        `x`, with all its batches even if it is a generator.
    """
    first, x = _first(x, y, sample_weight)
    if isinstance(first, tuple) and not first:
        return x
    values = _look(vae, first, "data given to `fit`")
    _enough(vae, first, x, batch_size)
    if not bool(tf.reduce_all(vae.likelihood.in_support(values))):
        low, high, _ = intensity.extremes(values)
        warnings.warn(
            f"The data has values outside the support of the {type(vae.likelihood).__name__} likelihood (they range "
            f"from {low:.4g} to {high:.4g}): what it gives is a training loss, but no log-likelihood. For grey pixels "
            "use preprocessing=data.DynamicBinarize(), or another likelihood such as families.Normal(event_shape, "
            "scale='shared') with data.Dequantize(), or families.DiscretizedLogistic(...) with data.Quantize().",
            UserWarning,
            stacklevel=4,
        )
    return x


def batches(argument, dataset, ends=True, vae=None):
    """Refuses an array, text or anything else that isn't an iterable of batches, and by default endless data.

    Args:
        argument: Its name, for the error.
        dataset: Anything.
        ends: Whether it has to end.
        vae: The model, or None if it isn't known yet; only one of several modalities takes a dict of them.
    """
    if not hasattr(dataset, "__iter__") or hasattr(dataset, "shape") or isinstance(dataset, tuple | str):
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a dataset of batches, such as data.from_array(images) "
            f"makes. Received: {type(dataset).__name__}"
        )
    if isinstance(dataset, tf.data.Dataset):
        kinds.elements(argument, dataset, named=vae is None or form.of(vae).named)
    if ends:
        kinds.ends(argument, dataset)
