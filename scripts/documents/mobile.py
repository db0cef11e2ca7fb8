"""Writes the tables of docs/mobile.md: the kinds of decoder compared, and the files of the digits model.

    TFVAE_FASHION_MNIST=... PYTHONPATH=. .venv/bin/python scripts/documents/mobile.py

Trained models and figures stay in runs/mobile, so that a second call measures again and trains nothing.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import sys
import time

from tfvae_cli.quiet import tensorflow_loading

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_DOCUMENT = _ROOT / "docs" / "mobile.md"
_SEEDS, _BATCH = (0, 1, 2), 128
_QUANTIZATIONS = (None, "float16", "dynamic", "int8")
_NAMES = {"transposed": "transposed", "resize": "resize + convolution", "sub_pixel": "sub-pixel"}
#: Steps of a further training of the first kind, in the time that the last one takes for its own or in less.
_LONGER = 1.5
#: Rounds of timings, each file once in each, so that what else the machine does meets all of them.
_ROUNDS = 5


def parse(arguments=None):
    """Returns the parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=os.environ.get("TFVAE_FASHION_MNIST"), help="Fashion-MNIST's IDX files")
    parser.add_argument("--digits", type=pathlib.Path, default="runs/digits/model.keras", help="of scripts/quickstart")
    parser.add_argument("--output", type=pathlib.Path, default="runs/mobile", help="gets models and figures")
    parser.add_argument("--images", type=int, default=12_800, help="to train on (default 12,800)")
    parser.add_argument("--epochs", type=int, default=6, help="of each training (default 6)")
    options = parser.parse_args(arguments)
    if options.source is None:
        parser.error("name Fashion-MNIST's folder: --source, or TFVAE_FASHION_MNIST")
    return options


def _built(kind, seed):
    from benchmarks.contenders import tfvae_model

    return tfvae_model.build({"latent": 16, "network": "conv", "decoder": kind, "seed": seed})


def trained(options, kind, seed, longer=1.0):
    """Returns the test ELBO of a decoder after its training; its model lies beside the figures."""
    import keras
    from benchmarks import fashion_mnist

    from tfvae import data

    path = options.output / f"{kind}-{longer:g}-{seed}.json"
    if path.exists() and path.with_suffix(".keras").exists():
        return json.loads(path.read_text())["elbo"]
    keras.utils.set_random_seed(seed)
    vae = _built(kind, seed)
    images = fashion_mnist.images(options.source, "train", options.images)
    batches = data.from_array(images, batch_size=_BATCH, seed=seed)
    vae.fit(batches, epochs=round(options.epochs * longer), verbose=0)
    test = fashion_mnist.images(options.source, "test")
    elbo = vae.evaluate(test, batch_size=500, verbose=0, return_dict=True)["elbo"]
    vae.save(path.with_suffix(".keras"))
    path.write_text(json.dumps({"elbo": elbo}))
    return elbo


def step_milliseconds(options):
    """Returns {kind: milliseconds of a training step}: the least of several rounds, as what disturbs only adds."""
    from benchmarks import fashion_mnist

    from tfvae import data

    images = fashion_mnist.images(options.source, "train", 20 * _BATCH)
    models = {kind: _built(kind, 0) for kind in _NAMES}
    least = dict.fromkeys(models, math.inf)
    for number in range(_ROUNDS):
        for kind, vae in models.items():
            batches = data.from_array(images, batch_size=_BATCH, seed=0)
            start = time.monotonic()
            vae.fit(batches, verbose=0)
            if number:  # the first one compiles
                least[kind] = min(least[kind], 1000 * (time.monotonic() - start) / len(batches))
    return least


def files(options, kind):
    """Writes the decoder of the first seed in every quantization. Returns {quantization: facts}."""
    from benchmarks import fashion_mnist

    import tfvae
    from tfvae import export
    from tfvae.export import manifest

    vae = tfvae.load_model(options.output / f"{kind}-1-{_SEEDS[0]}.keras")
    folder = options.output / kind
    images = fashion_mnist.images(options.source, "train", 512)
    found = export.litert_variants(vae, folder, ["decoder"], _QUANTIZATIONS, images, timed=False)
    known = manifest.read(folder)["files"]
    return {each.quantization: known[each.path.name] | {"path": str(each.path)} for each in found}


def timed(every):
    """Returns {path: microseconds}, the median over rounds of the median call in one thread."""
    from tfvae.export import stopwatch

    seen = {path: [] for path in every}
    for _ in range(_ROUNDS):
        for path, values in seen.items():
            values.append(stopwatch.measure(path)["latency_us"]["1"])
    return {path: statistics.median(values) for path, values in seen.items()}


def mean_and_error(values):
    """Returns the mean and its standard error as text."""
    return f"{statistics.mean(values):.2f} ± {statistics.stdev(values) / math.sqrt(len(values)):.2f}"


def compared(training, steps, facts, latency):
    """Returns the table of the kinds of decoder."""
    heads = ["decoder", "test ELBO, nats", "ms a training step", *(f"µs {q or 'float32'}" for q in _QUANTIZATIONS)]
    heads += ["KiB float32", "KiB int8", "int8 error, rms", "int8 KL, nats"]
    rows = [heads, ["---", *["--:"] * (len(heads) - 1)]]
    for kind, name in _NAMES.items():
        of = facts[kind]
        rows.append(
            [
                name,
                mean_and_error(training[kind]),
                f"{steps[kind]:.1f}",
                *(f"{latency[of[quantization]['path']]:.0f}" for quantization in _QUANTIZATIONS),
                *(f"{of[quantization]['bytes'] / 1024:.0f}" for quantization in (None, "int8")),
                f"{10 ** (-of['int8']['psnr_db'] / 20):.4f}",
                f"{of['int8']['kl_nats']:.3f}",
            ]
        )
    longer = mean_and_error(training["longer"])
    rows.append([f"transposed, {_LONGER:g} times the steps", longer, *[""] * (len(heads) - 2)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments=None):
    """Runs the whole program. Returns its exit status."""
    options = parse(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(_ROOT / "scripts"))
    with tensorflow_loading():
        from benchmarks import document

        import tfvae
        from tfvae import data, export
    runs = {**{kind: (kind, 1.0) for kind in _NAMES}, "longer": ("transposed", _LONGER)}
    training = {name: [] for name in runs}
    for seed in _SEEDS:
        for name, (kind, longer) in runs.items():
            training[name].append(trained(options, kind, seed, longer))
            print(f"{name}, seed {seed}: {training[name][-1]:.2f} nats", flush=True)
    steps = step_milliseconds(options)
    with tensorflow_loading():
        facts = {kind: files(options, kind) for kind in _NAMES}
        latency = timed([of["path"] for each in facts.values() for of in each.values()])
        digits = tfvae.load_model(options.digits)
        images = data.digits("train")[0]
        export.litert_variants(digits, options.output / "digits", data=images)
    tables = {"decoders": compared(training, steps, facts, latency), "digits": export.table(options.output / "digits")}
    document.write(_DOCUMENT, tables)
    print(f"\n{tables['decoders']}\n\n{tables['digits']}\n\n{_DOCUMENT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
