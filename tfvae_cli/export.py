"""`tfvae export`: files that run without tfvae."""

import pathlib

from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem
from tfvae_cli.quiet import tensorflow_loading


def export(options):
    """Writes a SavedModel and LiteRT files. Returns the exit status."""
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
        _litert(opened, vae, exporters, options)
    return 0


def _litert(opened, vae, exporters, options):
    parts, quantizations = _asked(options)
    data = _examples(opened, needed="int8" in quantizations)

    def report(variant):
        name = f"{variant.part} {variant.quantization or 'float32'}"
        print(variant.path or f"{name}: refused: {variant.reason}", " for LiteRT" * bool(variant.path), flush=True)

    folder = opened.output / "litert"
    with tensorflow_loading():
        found = exporters.litert_variants(
            vae, folder, parts, quantizations, data, report, batch_size=options.batch, output=options.pixels
        )
    refused = [variant for variant in found if variant.path is None]
    if len(found) > len(refused):
        print(f"\n{exporters.table(folder)}")
    if refused:
        raise Problem(f"{len(refused)} of {len(found)} LiteRT files were refused, for the reasons above.")


def _asked(options):
    """Returns the parts and the quantizations that the options name: by default the decoder in float32."""
    every = ("decoder", "encoder", "reconstruct"), (None, "float16", "dynamic", "int8")
    parts, quantizations = every if options.all else (("decoder",), (None,))
    named = [None if name == "float32" else name for name in options.quantization or ()]
    return tuple(options.part or parts), tuple(named) or quantizations


def _examples(opened, needed):
    """Returns training images in any order; None where there are none and only draws of the prior are needed."""
    try:
        return opened.images("train", shuffle=True)[0]
    except Problem:
        if needed:
            raise
        return None
