"""What a served model says of itself."""

from typing import NamedTuple


class Spec(NamedTuple):
    """A named tensor of a signature.

    Attributes:
        dtype: NumPy's name, such as "uint8".
        shape: Its sides, None where any size will do; None for any shape.
    """

    dtype: str
    shape: tuple[int | None, ...] | None

    def __str__(self):
        """Returns it as a message has it: uint8 [n, 8, 8, 1]."""
        if self.shape is None:
            return self.dtype
        return f"{self.dtype} [{', '.join('n' if side is None else str(side) for side in self.shape)}]"


class Signature(NamedTuple):
    """A served function.

    Attributes:
        name: Such as "decode".
        inputs: {name: `Spec`}.
        outputs: {name: `Spec`}.

    >>> str(Signature("decode", {"latent": Spec("float32", (None, 2))}, {"mean": Spec("float32", (None, 8, 8, 1))}))
    'decode(latent float32 [n, 2]) -> mean float32 [n, 8, 8, 1]'
    """

    name: str
    inputs: dict[str, Spec]
    outputs: dict[str, Spec]

    def __str__(self):
        """Returns it as a function is written."""
        inputs, outputs = (", ".join(f"{name} {spec}" for name, spec in side.items()) for side in self[1:])
        return f"{self.name}({inputs}) -> {outputs}"


class Version(NamedTuple):
    """A version of a served model.

    Attributes:
        number: Its number.
        state: "AVAILABLE" where it answers; START, LOADING, UNLOADING, END.
        error: What went wrong with it, or "".
    """

    number: int
    state: str
    error: str


#: NumPy's name of each type that a request can hold: its number in TensorFlow's DataType, and the field of a
#: TensorProto that has values one by one.
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
#: And TensorFlow's name of each, as REST has it.
NAMES: dict[str, str] = {f"DT_{name.upper()}": name for name in DTYPES} | {
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
}


def in_order(specs):
    """Returns specs in the order in which a person would give them: tensors, settings, the condition."""

    def place(name):
        shape = specs[name].shape
        return (name == "condition", shape is not None and None not in shape, name)

    return {name: specs[name] for name in sorted(specs, key=place)}
