"""The arguments of `tfvae train`."""

import shtab

from tfvae_cli import options, sources, typed


def add(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "train",
        help="train a model into a run folder",
        description="Train a model. The run folder then holds config.toml, model.keras, history.csv, tensorboard/,\n"
        "checkpoints/ and pictures/; `tfvae train FOLDER/config.toml --output OTHER` trains the same again.",
        epilog="A configuration has the names and arguments of the Python functions: [dataset] of data.load,\n"
        "[model] of the recipe or of VAE, [compile] and [fit] of these methods. Flags go before the file.\n\n"
        "Without a recipe or parts the data choose, and a line says what: image_vae, with Bernoulli pixels if\n"
        "all are black or white, else Gaussian ones with a calibrated scale; networks and latents by the size;\n"
        "of a table table_iwae, whose columns' kinds are guessed and said: --set dataset.kinds.age=Numeric\n\n"
        "example:\n  tfvae train --dataset digits --recipe beta_vae --set model.beta=2.0",
    )
    options.add(parser, "config", nargs="?", metavar="CONFIG.toml", help="a configuration", **options.path(shtab.FILE))
    parser.add_argument(
        "--recipe",
        choices=[*sources.recipes(), *sources.of_tables()],
        metavar="NAME",
        help="a paper's name, as `tfvae recipes` lists them (default image_vae, with pixels by the data)",
    )
    parser.add_argument(
        "--latent-size", type=typed.count, metavar="N", help="latent dimensions (default: the recipe's own)"
    )
    parser.add_argument("--epochs", type=typed.count, metavar="N", help="passes over the data (default 50)")
    parser.add_argument("--learning-rate", type=typed.number, metavar="X", help="of Adam (default 0.001)")
    parser.add_argument("--seed", type=typed.seed, help="of weights, noise and the order of the data (default 0)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any entry of the configuration"
    )
    options.add(
        parser,
        "--output",
        metavar="DIR",
        help="the run folder (default runs/DATASET-RECIPE)",
        **options.path(shtab.DIRECTORY),
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with an interrupted run, or one with more --epochs"
    )
    parser.add_argument("--overwrite", action="store_true", help="delete a run that is there")
    parser.add_argument("--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.add_argument(
        "--labels", type=typed.count, metavar="N", help="labels that stay known, for a semi-supervised recipe (all)"
    )
    options.data(parser, "what to train on")
