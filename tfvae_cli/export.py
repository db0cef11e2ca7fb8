"""`tfvae export`: files that run without tfvae."""

import pathlib

from tfvae_cli.opened import Opened
from tfvae_cli.quiet import tensorflow_loading


def export(options):
    """Writes a SavedModel and a LiteRT decoder. Returns the exit status."""
    run = pathlib.Path(options.run)
    name = run.stem if run.suffix == ".keras" else run.resolve().name
    options.output = options.output or pathlib.Path("saved_models", name)
    opened = Opened(options, "")
    vae = opened.load()
    with tensorflow_loading():
        from tfvae import export as exporters
    if options.format != "litert":
        print(exporters.saved_model(vae, opened.output), " for TF Serving", flush=True)
    if options.format != "tf_saved_model":
        with tensorflow_loading():
            path = exporters.litert(vae, opened.output / "litert" / "decoder.tflite")
        print(path, " for LiteRT", flush=True)
    return 0
