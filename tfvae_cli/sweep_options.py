"""The arguments of `tfvae sweep`: those of `tfvae train`, some of which take several numbers."""

import shtab

from tfvae_cli import options, sources, typed


def add(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "sweep",
        help="train several models that differ in numbers, and compare them",
        description="Train a run for each latent size, learning rate, seed and other number that is named, or each\n"
        "combination of them. Each run is a folder as tfvae train writes it, in DIR. DIR also gets sweep.csv,\n"
        "sweep.json and sweep.png: held-out ELBO, rate and distortion of all. Stopped, the same command goes on.",
        epilog="examples:\n"
        "  tfvae sweep --dataset digits --recipe beta_vae --latent-size 1 2 4 8 16 --epochs 20\n"
        "  tfvae sweep --dataset digits --recipe beta_vae --vary model.beta 0.5 1 2 4 --seeds 0 1 2",
    )
    common = "what the runs have in common"
    options.add(parser, "config", nargs="?", metavar="CONFIG.toml", help=common, **options.path(shtab.FILE))
    parser.add_argument(
        "--recipe", choices=list(sources.recipes()), metavar="NAME", help="as of tfvae train (default image_vae)"
    )
    several = parser.add_argument_group("what varies", "one number or several of each; a run for each combination")
    several.add_argument("--latent-size", type=typed.count, nargs="+", metavar="N", help="latent dimensions")
    several.add_argument("--learning-rate", type=typed.number, nargs="+", metavar="X", help="of Adam (default 0.001)")
    several.add_argument("--seeds", type=typed.seed, nargs="+", metavar="SEED", help="for errors (default 0)")
    several.add_argument(
        "--vary",
        action="append",
        default=[],
        nargs="+",
        metavar=("KEY", "X"),
        help="any other number of the configuration, such as model.beta 1 2 4; may be repeated",
    )
    parser.add_argument("--epochs", type=typed.count, metavar="N", help="passes over the data (default 50)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any entry of the configuration, of all runs"
    )
    parser.add_argument(
        "--split",
        default="validation",
        help="what the runs are compared on; of a choice by test images they say too much (default validation)",
    )
    parser.add_argument(
        "--num-samples", type=typed.count, metavar="N", help="also estimate log p(x), by so many draws of z an image"
    )
    folder = "folder of the sweep (default sweeps/DATASET-RECIPE)"
    options.add(parser, "--output", metavar="DIR", help=folder, **options.path(shtab.DIRECTORY))
    parser.add_argument("--quiet", action="store_true", help="write the files, print nothing but warnings and errors")
    parser.add_argument(
        "--labels", type=typed.count, metavar="N", help="labels that stay known, for a semi-supervised recipe (all)"
    )
    options.data(parser, "what to train on")
