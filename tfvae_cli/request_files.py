"""The files that `tfvae request` sends, and those that it writes answers to. Nothing here loads TensorFlow."""

import contextlib
import pathlib
import zipfile

import numpy as np

from tfvae_cli import images as files
from tfvae_cli.problem import Problem

#: Suffixes of files of arrays.
ARRAYS = (".npz", ".npy")
#: Where each answer goes by default; a score is printed.
OUTPUTS = {
    "generate": pathlib.Path("samples.png"),
    "decode": pathlib.Path("decoded.png"),
    "encode": pathlib.Path("latents.npz"),
    "encode_sample": pathlib.Path("latents.npz"),
    "reconstruct": pathlib.Path("reconstructions.png"),
    "score": None,
}


def images(client, options):
    """Returns (x, condition or None) of the files."""
    if options.files[0].suffix in ARRAYS:
        if len(options.files) > 1:
            raise Problem(f"{options.files[1]}: expected one array, or image files.")
        return array(options.files[0], ("x", "images"), options)
    spec = next((served.inputs["x"] for served in client.signatures.values() if "x" in served.inputs), None)
    shape = spec.shape[1:] if spec is not None and spec.shape is not None and spec.dtype == "uint8" else ()
    if len(shape) != 3 or None in shape or shape[2] not in (1, 3):
        raise Problem(f"{options.files[0]}: this model takes no image files. Give an array of its x, {spec}, as .npy.")
    x = files.read(options.files, shape)
    return x, _condition(options, len(x), None)


def array(path, names, options):
    """Returns (array, condition or None) of a NumPy file; of several arrays, the one with an expected name."""
    try:
        with _opened(path) as found:
            name = next((name for name in (*names, *found) if name in found and name != "condition"), None)
            if name is None or (name not in names and len(set(found) - {"condition"}) > 1):
                raise Problem(f"{path} has the arrays {', '.join(found)}. Expected one named {' or '.join(names)}.")
            values = found[name]
            return values, _condition(options, len(np.atleast_1d(values)), found.get("condition"))
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise Problem(f"{path} is no NumPy file of numbers, or is damaged. Write one with numpy.save.") from error


@contextlib.contextmanager
def _opened(path):
    """Yields the arrays of a NumPy file by name; the array of an .npy file has no name."""
    found = np.load(path, allow_pickle=False)
    if hasattr(found, "files"):
        with found:
            yield found
    else:
        yield {"": found}


def _condition(options, count, found):
    return found if options.condition is None else np.full(count, options.condition)


def write(options, arrays, beside=None):
    """Writes an answer to the output.

    Args:
        options: The parsed command line.
        arrays: {name: array}; an .npy file or a picture gets the first.
        beside: Images to show before each image of the answer, in a picture.
    """
    path, first = options.output, next(iter(arrays.values()))
    if path.suffix == ".png":
        if "mean" not in arrays or first.ndim != 4 or first.shape[-1] not in (1, 3):
            raise Problem(f"--output {path}: these are no images. Expected *.npz or *.npy.")
        columns = None
        if beside is not None:
            first = np.stack([files.pixels(beside), files.pixels(first)], axis=1).reshape(-1, *first.shape[1:])
            columns = 2 * max(1, round((len(first) / 4) ** 0.5))
        files.picture(path, first, columns)
    else:
        with files.writing(path) as file:
            np.save(file, first) if path.suffix == ".npy" else np.savez(file, **arrays)
    print(path)
