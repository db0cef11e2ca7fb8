"""`tfvae encode`: the latents of a dataset."""

import contextlib
import pathlib
import shutil
import tempfile

from tfvae_cli.opened import Opened, file_name
from tfvae_cli.problem import Problem


def encode(options):
    """Writes mean and stddev of q(z|x) for every image. Returns the exit status."""
    split = options.split or "test"
    opened = Opened(options, f"latents-{file_name(split)}" + ("" if options.shard_size else ".npz"))
    if options.shard_size and opened.output.is_dir():
        _check_shards(opened.output)
    vae = opened.load()
    dataset, _ = opened.images()
    if options.shard_size:
        count = _write_shards(opened.output, _latents(vae, dataset), options.shard_size)
    else:
        count = _write(opened.output, _joined(list(_latents(vae, dataset))))
    print(f"{opened.output}  {count} images")
    return 0


def _latents(vae, dataset):
    """Yields {"mean": [B, ...], "stddev": [B, ...]} of each batch; no stddev if q has none in closed form."""
    import tensorflow as tf
    import tqdm

    def values(x, condition):
        posterior = vae.encode(x, condition)
        found = {"mean": posterior.mean()}
        with contextlib.suppress(NotImplementedError):
            found["stddev"] = posterior.stddev()
        return found

    compiled = tf.function(values, autograph=False, reduce_retracing=True)
    for batch in tqdm.tqdm(dataset, unit="batch", disable=None, leave=False):
        x, condition, _ = vae.unpack(batch)
        yield {name: tensor.numpy() for name, tensor in compiled(x, condition).items()}


def _joined(pieces):
    import numpy as np

    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _write(path, arrays):
    import numpy as np

    from tfvae.files import whole

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
    return len(arrays["mean"])


def _write_shards(folder, pieces, size):
    """Writes shard-00000.npz, ... with `size` images each; the folder appears when all are written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    work.chmod(0o755)
    try:
        number = total = 0
        held = None
        for piece in pieces:
            held = piece if held is None else _joined([held, piece])
            while len(held["mean"]) >= size:
                total += _write(work / f"shard-{number:05d}.npz", {name: a[:size] for name, a in held.items()})
                held = {name: array[size:] for name, array in held.items()}
                number += 1
        if held is not None and len(held["mean"]):
            total += _write(work / f"shard-{number:05d}.npz", held)
        if folder.is_dir():
            _check_shards(folder)  # again, as writing took a while
            shutil.rmtree(folder)
        work.rename(folder)
        return total
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_shards(folder):
    strangers = [entry.name for entry in folder.iterdir() if not entry.match("shard-*.npz")]
    if strangers:
        raise Problem(
            f"{folder} holds more than shards ({strangers[0]}), and is left as it is. Write elsewhere: --output."
        )
