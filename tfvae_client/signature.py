"""A served model's description of itself: signatures and versions."""

from typing import NamedTuple


class Spec(NamedTuple):
    """A named tensor of a signature.

    Attributes:
        dtype: NumPy's name of the type, such as "uint8".
        shape: Size of each axis, None for any size; or None for any shape.
    """

    dtype: str
    shape: tuple[int | None, ...] | None

    def __str__(self):
        """Returns the spec as it appears in messages: uint8 [n, 8, 8, 1]."""
        if self.shape is None:
            return self.dtype
        return f"{self.dtype} [{', '.join('n' if side is None else str(side) for side in self.shape)}]"


class Signature(NamedTuple):
    """A served function.

    Attributes:
        name: The function's name, such as "decode".
        inputs: {name: `Spec`}.
        outputs: {name: `Spec`}.

    >>> str(Signature("decode", {"latent": Spec("float32", (None, 2))}, {"mean": Spec("float32", (None, 8, 8, 1))}))
    'decode(latent float32 [n, 2]) -> mean float32 [n, 8, 8, 1]'
    """

    name: str
    inputs: dict[str, Spec]
    outputs: dict[str, Spec]

    def __str__(self):
        """Returns the signature in the notation of a function."""
        inputs, outputs = (", ".join(f"{name} {spec}" for name, spec in side.items()) for side in self[1:])
        return f"{self.name}({inputs}) -> {outputs}"


class Version(NamedTuple):
    """A version of a served model.

    Attributes:
        number: The version's number.
        state: "AVAILABLE" if it answers; otherwise START, LOADING, UNLOADING or END.
        error: What went wrong with it, or "".
    """

    number: int
    state: str
    error: str


#: For NumPy's name of each type that a request can hold: its number in TensorFlow's DataType, and the field of a
#: TensorProto that holds values one by one.
DTYPES = {
    "float32": (1, "float_val"),
    "float64": (2, "double_val"),
    "int32": (3, "int_val"),
    "uint8": (4, "int_val"),
    "int16": (5, "int_val"),
    "int8": (6, "int_val"),
    "int64": (9, "int64_val"),
    "bool": (10, "bool_val"),
    "uint16": (17, "int_val"),
    "uint32": (22, "uint32_val"),
    "uint64": (23, "uint64_val"),
}
#: NumPy's name for TensorFlow's name of each type, as REST uses it.
NAMES: dict[str, str] = {f"DT_{name.upper()}": name for name in DTYPES} | {
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
}


def in_order(specs):
    """Returns specs in the order in which a person would expect them: tensors, settings, the condition."""

    def place(name):
        shape = specs[name].shape
        return (name == "condition", shape is not None and None not in shape, name)

    return {name: specs[name] for name in sorted(specs, key=place)}
