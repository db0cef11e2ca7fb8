"""The arguments of `tfvae export`, and of `tfvae explore`, which shows what it wrote."""

import argparse

import shtab

from tfvae_cli import options, typed


def export(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "export",
        help="write a model for TF Serving and for LiteRT",
        description="Write a SavedModel and LiteRT files, by default the decoder in float32, each compared with Keras\n"
        "before it appears; then a table of the LiteRT files.",
    )
    options.add(parser, "run", metavar="RUN", help="a run folder, or a .keras file", **options.path(shtab.FILE))
    parser.add_argument("--format", choices=("tf_saved_model", "litert"), help="only this one")
    options.add(
        parser,
        "--output",
        metavar="DIR",
        help="(default saved_models/NAME of the run)",
        **options.path(shtab.DIRECTORY),
    )
    what = "the served `score` returns p-values, too, calibrated on validation images of the run"
    parser.add_argument("--p-values", action="store_true", help=what)
    _litert(parser)
    what = "int8 is calibrated on training images, the explorer's map shows test images; by default the run's own"
    options.data(parser, what, batches=False)
    parser.set_defaults(split=None)


def explore(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "explore",
        help="look into the latent space of an export, in a browser",
        description="Serve a page, to this machine alone, that runs the exported LiteRT decoder: sliders, a map of\n"
        "the encoded data, random samples. Its JavaScript packages are installed once, by --install.",
        epilog="example:\n  tfvae explore saved_models/digits --install",
    )
    options.add(
        parser,
        "export",
        nargs="?",
        metavar="EXPORT",
        help="what `tfvae export` wrote",
        **options.path(shtab.DIRECTORY),
    )
    parser.add_argument("--install", action="store_true", help="install the page's packages first, by npm ci")
    options.add(
        parser,
        "--packages",
        metavar="DIR",
        help="where these are (default: the user's cache)",
        **options.path(shtab.DIRECTORY),
    )
    parser.add_argument("--port", type=typed.port, default=8137, help="0 takes any that is free (default 8137)")
    parser.add_argument(
        "--open", action=argparse.BooleanOptionalAction, help="open a browser (default: where there is a desktop)"
    )


def _litert(parser):
    group = parser.add_argument_group("LiteRT")
    group.add_argument("--all", action="store_true", help="every part in every quantization")
    parts, numbers = ("decoder", "encoder", "reconstruct", "generate"), ("float32", "float16", "dynamic", "int8")
    group.add_argument("--part", action="append", choices=parts, help="only this one; may be repeated")
    group.add_argument("--quantization", action="append", choices=numbers, help="only this one; may be repeated")
    group.add_argument("--batch", type=typed.count, default=1, metavar="N", help="examples of one call (default 1)")
    group.add_argument("--pixels", choices=("x", "uint8"), default="x", help="uint8: pictures as bytes (default x)")
