"""x and its mean as a dict, for a model whose x has several modalities: served, each is an input and an output."""

import numpy as np

from tfvae_client.errors import InvalidRequest

_X = "x_"


def named(signature):
    """Returns the names of a function's modalities, () where x is one array.

    >>> from tfvae_client.signature import Signature, Spec
    >>> named(Signature("encode", {"x_label": Spec("float32", (None, 10)), "x_image": Spec("float32", (None, 64))}, {}))
    ('image', 'label')
    """
    return tuple(sorted(name.removeprefix(_X) for name in signature.inputs if name.startswith(_X)))


def inputs(signature, given):
    """Returns the arguments of a call with an input for each modality in place of a dict `x`.

    Args:
        signature: The `Signature`.
        given: {argument: value}; an `x` that is a dict may lack modalities, which are then absent in all rows.

    Raises:
        InvalidRequest: `x` is a dict and the model's isn't, or the other way round, or a name is no modality.

    >>> from tfvae_client.signature import Signature, Spec
    >>> encode = Signature("encode", {"x_a": Spec("float32", (None, 1)), "x_b": Spec("float32", (None, 2))}, {})
    >>> inputs(encode, {"x": {"a": [[0.5]]}})
    {'x_a': [[0.5]], 'x_b': array([[nan, nan]], dtype=float32)}
    """
    if "x" not in given:
        return given
    x, names = given["x"], named(signature)
    listed = ", ".join(names)
    if not names:
        if isinstance(x, dict):
            spec = signature.inputs.get("x")
            raise InvalidRequest(f"Invalid value for argument `x`. Expected an array, {spec}. Received: a dict")
        return given
    if not isinstance(x, dict) or not x or not set(x) <= set(names):
        received = ", ".join(map(repr, x)) or "an empty dict" if isinstance(x, dict) else type(x).__name__
        raise InvalidRequest(
            f"Invalid value for argument `x`. Expected a dict of one or more of the modalities {listed}; one that is "
            f"left out is absent in all rows. Received: {received}"
        )
    count = max(len(value) if hasattr(value, "__len__") else 1 for value in x.values())
    absent = {name: _absent(signature.inputs[_X + name], count) for name in names if name not in x}
    rest = {name: value for name, value in given.items() if name != "x"}
    return {_X + name: (x | absent)[name] for name in names} | rest


def _absent(spec, count):
    return np.full([count, *spec.shape[1:]], np.nan, spec.dtype)


def outputs(answer):
    """Returns an answer with a dict of modalities in place of their single outputs.

    >>> outputs({"mean_image": 1, "mean_label": 2, "stddev_image": 3}), outputs({"mean": 1, "stddev": 2})
    ({'mean': {'image': 1, 'label': 2}, 'stddev': {'image': 3}}, {'mean': 1, 'stddev': 2})
    """
    found = {}
    for name, value in answer.items():
        moment, _, modality = name.partition("_")
        if moment in ("mean", "stddev") and modality:
            found.setdefault(moment, {})[modality] = value
        else:
            found[name] = value
    return found
