"""The README of a folder of exports."""

import pathlib

from tfvae.export import manifest, unedited
from tfvae.export.table import table


def write(base, version=None):
    """Writes the README.md of a folder of exports, which explains how to use them.

    Args:
        base: The folder.
        version: Folder of the newest version, which may not have its number yet;
            by default the folder with the highest number.

    Returns:
        Whether it was written; a README.md that somebody has changed is kept.
    """
    base = pathlib.Path(base)
    name = base.resolve().name
    if version is None:
        numbered = [path for path in base.iterdir() if path.name.isdecimal()]
        version = max(numbered, key=lambda path: int(path.name), default=None)
    sections = [f"# {name}\n"]
    if version is not None:
        sections.append(_serving(name, manifest.read(version)))
    if (base / "litert" / manifest.NAME).is_file():
        sections.append(_LITERT.format(table=table(base / "litert")))
    return unedited.write(base / "README.md", "\n".join(sections), comment="<!-- {} -->")


def _serving(name, known):
    inputs = known["signatures"]["generate"]["inputs"]
    request = {"seed": "[1, 2]", "count": "4", "temperature": "1.0"}
    if "condition" in inputs:
        request["condition"] = f"[{', '.join(['...'] * 4)}]"
    asked = ", ".join(f'"{key}": {value}' for key, value in request.items())
    rows = [
        f"| `{signature}` | {_listed(about['inputs'])} | {_listed(about['outputs'])} |"
        for signature, about in sorted(known["signatures"].items())
    ]
    ranked = _RANKED.format(**known["typicality"]) if "typicality" in known else ""
    return _SERVING.format(name=name, asked=asked, rows="\n".join(rows), ranked=ranked, **known["limits"])


def _listed(tensors):
    return ", ".join(f"`{name}` {about['dtype']} {_sides(about['shape'])}" for name, about in sorted(tensors.items()))


def _sides(shape):
    return "" if shape is None else f"[{', '.join('B' if side is None else str(side) for side in shape)}]"


_SERVING = """## TensorFlow Serving

Each folder with a number is a version, a SavedModel; a server loads the highest.

```sh
docker compose up    # gRPC on 8500, REST on 8501
curl localhost:8501/v1/models/{name}:predict \\
    -d '{{"signature_name": "generate", "inputs": {{{asked}}}}}'
```

Without Docker: `tensorflow_model_server --port=8500 --rest_api_port=8501 --model_name={name}
--model_base_path=` and this folder's absolute path.

| signature | inputs | outputs |
|---|---|---|
{rows}

B is any batch. `x` are raw pixels; `seed` decides every draw, and equal requests get equal answers. `count` is at most
{max_count:,}, `num_samples` at most {max_num_samples:,}; `score` is log p(x) in nats by that many draws. What has no
answer is an error that names the input. A server warms up on the requests in `assets.extra` before it is ready.
{ranked}
`docker compose --profile batching up` adds a server on 8510 and 8511 that merges requests (`batching.config`). It
answers `decode`, `encode` and `reconstruct` only, as TensorFlow Serving merges along the first axis of every input; and
one that is refused there takes with it those that it was merged with.

`manifest.json` of a version has the signatures, their largest error against Keras, the packages that made it, and a
SHA-256 of each file: `tfvae.export.verify(folder)` compares them.
"""

_RANKED = """
`p_value` is that of x being like the model's data: its rank among {calibrated_on:,} held-out examples, scored by
{num_samples:,} draws each, as x is, whatever `num_samples` says. Of such data a share a has a p-value of a or less.
"""

_LITERT = """## LiteRT

`litert` has files for phones, of built-in operators and a static batch; everything but drawing z is in them.

{table}

Time and memory are those of the machine that wrote them; the errors are against Keras, KL in nats an example.
`tfvae explore` of this folder runs the decoders in a browser.
"""
