"""`tfvae export`: files that run without tfvae."""

import pathlib

from tfvae_cli.opened import Opened
from tfvae_cli.quiet import tensorflow_loading


def export(options):
    """Writes a SavedModel and a LiteRT decoder. Returns the exit status."""
    run = pathlib.Path(options.run)
    options.output = options.output or pathlib.Path("saved_models") / (run.stem if run.suffix == ".keras" else run.name)
    opened = Opened(options, None)
    vae = opened.load()
    with tensorflow_loading():
        from tfvae import export as exporters
    if options.format != "litert":
        print(exporters.saved_model(vae, opened.output), " for TF Serving", flush=True)
    if options.format != "tf_saved_model":
        print(exporters.litert(vae, opened.output / "litert" / "decoder.tflite"), " for LiteRT", flush=True)
    return 0
