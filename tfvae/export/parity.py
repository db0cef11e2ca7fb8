"""Checks that an exported file computes what Keras computes."""

import numpy as np

# Twice the accumulated rounding observed between Keras's eager kernels and the fused ones of a graph, for values of
# order one. In half precision a step is 2^-11.
_TOLERANCE = {"float64": 1e-10, "float32": 1e-4, "bfloat16": 5e-2, "float16": 1e-2}


class ExportMismatch(RuntimeError):
    """An exported file computes something different from the model; the file was not kept."""


def check(what, compute_dtype, expected, received):
    """Compares outputs on the same inputs.

    Args:
        what: Names the file and function, for the error.
        compute_dtype: The model's compute dtype.
        expected: {name: array} from Keras.
        received: {name: array} from the file.

    Returns:
        The largest error relative to 1 + |expected|.

    Raises:
        ExportMismatch: Outputs differ by more than rounding, or are not finite.
    """
    if set(expected) != set(received):
        raise ExportMismatch(f"{what} has outputs {sorted(received)}, and Keras gives {sorted(expected)}.")
    worst = 0.0
    for name, value in expected.items():
        value = np.asarray(value)
        if value.shape != received[name].shape:
            raise ExportMismatch(f"{what}: {name} has shape {received[name].shape}, and Keras gives {value.shape}.")
        if value.dtype.kind not in "biuf":  # words
            if not np.array_equal(received[name], value):
                raise ExportMismatch(f"{what}: {name} has other words than Keras gives. Nothing was written.")
            continue
        error = float(np.max(np.abs(received[name] - value) / (1.0 + np.abs(value)), initial=0.0))
        if not error <= _TOLERANCE[compute_dtype]:
            raise ExportMismatch(
                f"{what}: {name} differs from Keras by {error:.2e} relative to 1 + |value|, more than the "
                f"{_TOLERANCE[compute_dtype]:.0e} that rounding explains in {compute_dtype}. Nothing was written."
            )
        worst = max(worst, error)
    return worst
