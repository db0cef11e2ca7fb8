"""`tfvae export`: files that run without tfvae."""

import pathlib
import sys

from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem, one_line
from tfvae_cli.quiet import tensorflow_loading


def export(options):
    """Writes a SavedModel, a LiteRT decoder and the explorer's data. Returns the exit status."""
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
        _explorer(opened, path.parent, name)
    return 0


def _explorer(opened, folder, name):
    """Writes what `tfvae explore` shows beside the decoder; says so where the data can't be read, and goes on."""
    from tfvae import export

    try:
        dataset, info = opened.images()
        if info.num_classes:
            dataset, info = opened.images(labels=True)
        print(export.explorer(opened.vae, folder, dataset, name), " for tfvae explore", flush=True)
    except (Problem, ValueError) as error:
        print(f"tfvae export: no {folder / 'explorer.json'} for tfvae explore: {one_line(error)}", file=sys.stderr)
