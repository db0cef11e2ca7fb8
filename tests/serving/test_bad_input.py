"""What a served model can't take is said before anything is sent, as Python's other errors of arguments are."""

import re

import numpy as np
import pytest

from tests.models import LATENT, digits
from tfvae_client import InvalidRequest

Z = np.zeros((2, *LATENT), "float32")
X = digits()[:2]


def with_nan(row):
    z = np.zeros((5, *LATENT), "float32")
    z[row, 1] = np.nan
    return z


# name: (call, patterns that the error must have)
ROWS = {
    "latents of another size": (
        lambda c: c.decode(np.zeros((2, 4))),
        ["`latent`", r"Expected float32 \[n, 3\]", r"shape: \(2, 4\)"],
    ),
    "one latent without a batch": (lambda c: c.decode(np.zeros(3)), ["`latent`", r"\[n, 3\]", r"shape: \(3,\)"]),
    "no latents": (lambda c: c.decode(np.zeros((0, 3))), ["`latent`", "1 row or more"]),
    "latents of several lengths": (lambda c: c.decode([[1, 2, 3], [1]]), ["`latent`", r"\[n, 3\]"]),
    "NaN among latents": (lambda c: c.decode(with_nan(3)), ["`latent`", "finite", "NaN or infinity in row 3"]),
    "infinite latents": (lambda c: c.decode(Z + np.inf), ["`latent`", "finite", "row 0"]),
    "latents of text": (lambda c: c.decode([["a", "b", "c"]]), ["`latent`", "float32", "dtype: <U1"]),
    "complex latents": (lambda c: c.decode(Z + 1j), ["`latent`", "dtype: complex"]),
    "bytes as latents": (lambda c: c.decode(Z.astype("uint8")), ["`latent`", "float32", "dtype: uint8"]),
    "a condition for nothing": (lambda c: c.decode(Z, [1, 2]), ["no `condition`", "Leave it out"]),
    "images of another size": (
        lambda c: c.encode(np.zeros((1, 28, 28, 1), "uint8")),
        ["`x`", r"uint8 \[n, 8, 8, 1\]", r"\(1, 28, 28, 1\)"],
    ),
    "images without channels": (lambda c: c.encode(X[..., 0]), ["`x`", r"\[n, 8, 8, 1\]", r"\(2, 8, 8\)"]),
    "images of floats": (lambda c: c.reconstruct(X / 255.0), ["`x`", r"astype\('uint8'\)", "dtype: float64"]),
    "pixels beyond 255": (lambda c: c.encode(X.astype("int64") + 250), ["`x`", "uint8", "dtype: int64"]),
    "pixels below 0": (lambda c: c.encode(X.astype("int64") - 1), ["`x`", "uint8"]),
    "a count of 0": (lambda c: c.generate(0), ["`count`", "1 or more", "count=0"]),
    "a count below 0": (lambda c: c.generate(-5), ["`count`", "count=-5"]),
    "a broken count": (lambda c: c.generate(2.5), ["`count`", "whole number", r"2\.5"]),
    "a count in words": (lambda c: c.generate("ten"), ["`count`", "'ten'"]),
    "a count of 2 ** 31": (lambda c: c.generate(2**31), ["`count`", "2147483648"]),
    "a temperature below 0": (lambda c: c.generate(1, -0.5), ["`temperature`", "0 or more", r"-0\.5"]),
    "a temperature of NaN": (lambda c: c.generate(1, float("nan")), ["`temperature`", "finite", "nan"]),
    "a seed of three": (lambda c: c.generate(1, seed=[1, 2, 3]), ["`seed`", "two ints", r"\[1, 2, 3\]"]),
    "a seed of floats": (lambda c: c.generate(1, seed=0.5), ["`seed`", r"0\.5"]),
    "a seed of 64 bits": (lambda c: c.generate(1, seed=[2**40, 0]), ["`seed`", "32 bits"]),
    "a deadline of 0": (lambda c: c.decode(Z, deadline=0), ["`deadline`", "above 0", "deadline=0"]),
    "a deadline in words": (lambda c: c.decode(Z, deadline="soon"), ["`deadline`", "'soon'"]),
    "no draws": (lambda c: c.score(X, num_samples=0), ["`num_samples`", "num_samples=0"]),
}
LABELLED = {
    "no condition": (lambda c: c.decode(Z), ["needs `condition`", r"int32 \[n\]"]),
    "too few conditions": (lambda c: c.decode(Z, [1]), ["as many rows", "`latent` has 2, `condition` has 1"]),
    "conditions of floats": (lambda c: c.decode(Z, [1.0, 2.0]), ["`condition`", "int32", "float64"]),
    "conditions of 64 bits": (lambda c: c.decode(Z, [1, 2**40]), ["`condition`", "int32"]),
    "conditions for another count": (
        lambda c: c.generate(3, condition=[1, 2]),
        ["`condition`", "3 rows, as many as `count`"],
    ),
    "no condition to generate of": (lambda c: c.generate(3), ["needs `condition`"]),
}
CASES = {("digits", name): row for name, row in ROWS.items()} | {
    ("labelled", name): row for name, row in LABELLED.items()
}


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_the_error_names_the_argument_and_nothing_is_sent(case, backend, connect):
    call, patterns = CASES[case]
    with pytest.raises(InvalidRequest) as caught:
        call(connect(case[0]))
    message = str(caught.value)
    assert "\n" not in message
    for pattern in patterns:
        assert re.search(pattern, message), f"{pattern!r} is not in: {message}"
    assert backend.requests == []


def test_errors_of_arguments_are_value_errors():
    assert issubclass(InvalidRequest, ValueError)


def test_whole_numbers_of_any_type_will_do(connect):
    client = connect("labelled")
    expected = client.decode(Z, np.array([1, 2], "int32")).mean
    for labels in ([1, 2], np.array([1, 2], "int64"), np.array([1, 2], "uint8")):
        np.testing.assert_array_equal(client.decode(Z.astype("float64"), labels).mean, expected)
