"""Folders as `tfvae export` writes them, without a model."""

import json

from tfvae.export import manifest

ABOUT = {
    "name": "nothing",
    "image_shape": [2, 2, 1],
    "value_range": [0, 1],
    "classes": None,
    "label_names": None,
    "mean": [0, 0],
    "stddev": [1, 1],
    "kl": [1, 2],
    "mean_variance": [1, 1],
    "active": [True, True],
    "prior": [{"mean": [0, 0], "stddev": [1, 1]}],
    "map": {"kind": "latents", "center": [0, 0], "axes": [[1, 0], [0, 1]], "explained": None},
    "latents": [[0, 0], [1, 1]],
    "labels": [0, 1],
}


def write(base, decoders=("decoder.tflite",), about=ABOUT):
    """Writes an export whose decoders are no models. Returns `base`."""
    folder = base / "litert"
    folder.mkdir(parents=True)
    for name in decoders:
        (folder / name).write_bytes(b"no model")
    if about is not None:
        (folder / "explorer.json").write_text(json.dumps(about))
    manifest.record(folder, {path.name: {} for path in folder.iterdir()})
    return base
