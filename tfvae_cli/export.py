"""`tfvae export`: files that run without tfvae."""

import pathlib
import sys

from tfvae_cli import typical
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem, one_line
from tfvae_cli.quiet import tensorflow_loading

# Of z for each p-value, as many as a request for a score has by default.
_DRAWS = 100


def export(options):
    """Writes a SavedModel, LiteRT files and the explorer's data. Returns the exit status."""
    run = pathlib.Path(options.run)
    name = run.stem if run.suffix == ".keras" else run.resolve().name
    options.output = options.output or pathlib.Path("saved_models", name)
    opened = Opened(options, "")
    if options.p_values:
        if options.format == "litert":
            raise Problem("--p-values are of the served `score`, and --format litert has none. Leave one of them out.")
        typical.check(opened)
    vae = opened.load()
    with tensorflow_loading():
        from tfvae import export as exporters
        from tfvae.export import readme
    if options.format != "litert":
        normal = typical.calibrated(opened, _DRAWS, seed=0)[0] if options.p_values else None
        print(exporters.saved_model(vae, opened.output, typicality=normal), " for TF Serving", flush=True)
    if options.format != "tf_saved_model":
        refused = _litert(opened, vae, exporters, options)
        folder = opened.output / "litert"
        _explorer(opened, folder, name)
        if any(folder.glob("*.tflite")):
            readme.write(opened.output)
            print(f"\n{exporters.table(folder)}")
        if refused:
            raise Problem(f"{refused} LiteRT files were refused, for the reasons above.")
    return 0


def _explorer(opened, folder, name):
    """Writes what `tfvae explore` shows beside the decoder; if the data can't be read, says so and continues."""
    from tfvae import export

    try:
        dataset, info = opened.images()
        if info.num_classes:
            dataset, info = opened.images(labels=True)
        print(export.explorer(opened.vae, folder, dataset, name, info.label_names), " for tfvae explore", flush=True)
    except (Problem, ValueError) as error:
        print(f"tfvae export: no {folder / 'explorer.json'} for tfvae explore: {one_line(error)}", file=sys.stderr)


def _litert(opened, vae, exporters, options):
    """Writes the requested LiteRT files. Returns how many were refused."""
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
    return len(refused)


def _asked(options):
    """Returns the parts and the quantizations that the options name, by default the decoder in float32."""
    every = ("decoder", "encoder", "reconstruct"), (None, "float16", "dynamic", "int8")
    parts, quantizations = every if options.all else (("decoder",), (None,))
    named = [None if name == "float32" else name for name in options.quantization or ()]
    return tuple(options.part or parts), tuple(named) or quantizations


def _examples(opened, needed):
    """Returns training images in any order, or None if there are none and draws from the prior are enough."""
    try:
        return opened.images("train", shuffle=True)[0]
    except Problem:
        if needed:
            raise
        return None
