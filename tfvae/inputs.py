"""What `fit` and `evaluate` are given: refused before the first step, where that can be seen."""

import inspect
import warnings

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, checks
from tfvae.data import epoch, finite

_ARRAYS = np.ndarray | tf.Tensor


def in_memory(**arrays):
    """Refuses arrays that are empty or hold NaN or infinity, by their names in the call; others pass."""
    for argument, value in arrays.items():
        if isinstance(value, _ARRAYS) and value.ndim:
            if not len(value):
                raise ValueError(
                    f"Invalid value for argument `{argument}`. It is empty. Expected at least one example."
                )
            finite.check(argument, value)
    lengths = {argument: len(value) for argument, value in arrays.items() if isinstance(value, _ARRAYS) and value.ndim}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Expected arrays with the same number of examples. Received: {lengths}")
    weights = arrays.get("sample_weight")
    if isinstance(weights, _ARRAYS):
        finite.check_weights(weights)


def _dataset_shape(vae, data):
    """Refuses a dataset, or an array, whose examples are not of the likelihood's event shape, without reading any."""
    if isinstance(data, tf.data.Dataset):
        data = tf.nest.flatten(data.element_spec)[0]
    if isinstance(getattr(data, "shape", None), tuple | tf.TensorShape):
        checks.event_shape(vae.likelihood, tf.TensorSpec(data.shape))


def evaluated(vae, x, y=None, sample_weight=None):
    """Refuses data for `evaluate` that is empty, not finite where that can be seen, or of another shape."""
    in_memory(x=x, y=y, sample_weight=sample_weight)
    if isinstance(x, tf.data.Dataset) and int(x.cardinality()) == 0:
        raise ValueError("The data given to `evaluate` is empty. Expected at least one batch.")
    _dataset_shape(vae, x)


def fit_arguments(vae, x, y, batch_size, epochs, callbacks, others):
    """Refuses arguments of `fit` that have no meaning; `others` are its further ones, by name."""
    arguments.keywords(
        "fit", others, [name for name in inspect.signature(keras.Model.fit).parameters if name != "self"]
    )
    for callback in [] if isinstance(callbacks, keras.callbacks.CallbackList) else tf.nest.flatten(callbacks or []):
        if not isinstance(callback, keras.callbacks.Callback):
            raise arguments.invalid(
                "callbacks", "a list of callbacks, such as tfvae.callbacks.EarlyStopping()", callback
            )
    arguments.integer("epochs", epochs)
    in_memory(x=x, y=y, sample_weight=others.get("sample_weight"))
    if y is not None and vae.conditional:
        checks.labels(vae, y)
    if batch_size is not None and isinstance(x, tf.data.Dataset):
        raise ValueError(
            "Argument `batch_size` does not apply to a dataset, which has its batches already. Received: "
            f"batch_size={batch_size!r}. Leave it out, and give the size to data.load or data.from_array."
        )
    if batch_size is not None and isinstance(x, _ARRAYS):
        expected = f"an int in 1..{len(x)}, the number of examples"
        arguments.integer("batch_size", batch_size, expected, maximum=len(x))
    if x is None or isinstance(x, str | list):
        raise arguments.invalid("x", "images, an array or a tf.data.Dataset, such as data.load(name)[0]", x)
    validation = others.get("validation_data")
    if isinstance(validation, str):
        raise arguments.invalid("validation_data", "a dataset, or a tuple (x, y[, sample_weight])", validation)
    if validation is not None:
        evaluated(vae, *validation if isinstance(validation, tuple | list) else (validation,))


def first_batch(vae, x):
    """Looks at one batch, eagerly: shapes and conditions are refused here, values outside the support warned of."""
    if isinstance(x, tf.data.Dataset):
        with epoch.at(0):  # a look is no pass
            data = next(iter(x.take(1)), None)
    elif isinstance(x, _ARRAYS) and len(x):
        data = x[:32]
    else:
        return
    if data is None:
        raise ValueError("The dataset given to `fit` is empty. Expected at least one batch.")
    raw, *rest = data if isinstance(data, tuple | list) else (data,)
    bad = finite.rows(raw) if isinstance(raw, _ARRAYS) else ()
    if len(bad):
        raise ValueError(
            "The first batch of the data given to `fit` holds NaN or infinity, in the examples "
            f"{', '.join(map(str, bad[:5]))} of it. Repair or leave out such examples: "
            "dataset.unbatch().filter(lambda x: tf.reduce_all(tf.math.is_finite(x))).batch(128)."
        )
    if rest and not (isinstance(rest[0], tuple) and not rest[0]):
        checks.condition(vae.conditional, rest[0])
        checks.labels(vae, rest[0])
    if vae.preprocessing is not None:
        vae.preprocessing.check(raw)
    values = vae.preprocess(raw, seed=tf.constant([0, 0]))
    if not bool(tf.reduce_all(vae.likelihood.in_support(values))):
        low, high = float(tf.reduce_min(values)), float(tf.reduce_max(values))
        warnings.warn(
            f"The data has values outside the support of the {type(vae.likelihood).__name__} likelihood (they range "
            f"from {low:.4g} to {high:.4g}): what it gives is a training loss, but no log-likelihood. For grey pixels "
            "use preprocessing=data.DynamicBinarize(), or another likelihood such as families.Normal(event_shape, "
            "scale='shared') with data.Dequantize(), or families.DiscretizedLogistic(...) with data.Quantize().",
            UserWarning,
            stacklevel=3,
        )
