"""The arguments of the commands that draw pictures and rows."""

import shtab

from tfvae_cli import options, typed


def sample(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "sample",
        help="draw new images, or rows of a table",
        description="Draw z from the prior and decode it. Of a table it writes rows, each a draw of p(x|z).",
    )
    options.run(parser)
    parser.add_argument("--count", type=typed.count, default=64, help="images (default 64)")
    parser.add_argument(
        "--temperature", type=typed.number, default=1.0, help="spread of z around the prior's mean (default 1)"
    )
    parser.add_argument("--draw", action="store_true", help="a draw from p(x|z) instead of its mean")
    parser.add_argument("--condition", type=typed.label, metavar="LABEL", help="of a conditional model (default: each)")
    options.output(parser, "a PNG, or an .npy file of numbers; of a table .csv or .parquet", "RUN/samples.png")


def reconstruct(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "reconstruct", help="images beside their reconstructions", description="Encode images and decode them again."
    )
    options.run(parser)
    parser.add_argument("--count", type=typed.count, default=32, help="images (default 32)")
    parser.add_argument("--draw", action="store_true", help="a draw from p(x|z) instead of its mean")
    options.output(parser, "a PNG, or an .npy file of numbers", "RUN/reconstructions.png")
    options.images(parser)


def vary(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "vary",
        help="samples around given images",
        description="Each row: an image, then decoded draws of z around its posterior's mean.",
    )
    options.run(parser)
    options.add(
        parser,
        "--image",
        metavar="FILE",
        action="append",
        help="an image file; may be repeated",
        **options.path(shtab.FILE),
    )
    parser.add_argument(
        "--count", type=typed.count, default=8, help="images of the dataset, where no --image is given (default 8)"
    )
    parser.add_argument("--variations", type=typed.count, default=8, help="of each image (default 8)")
    parser.add_argument("--scale", type=typed.number, default=1.0, help="of the posterior's spread (default 1)")
    options.output(parser, "a PNG, or an .npy file of numbers", "RUN/variations.png")
    options.images(parser)


def impute(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "impute",
        help="fill what is missing of a table",
        description="Fill the empty cells of a CSV or Parquet file by a model of its columns: means of numbers,\n"
        "rounded where they are whole, and the most probable word. What is there stays as it is.",
        epilog="example:\n  tfvae train --dataset people.csv --output runs/p && tfvae impute runs/p people.csv",
    )
    options.add(parser, "run", metavar="RUN", help="a run folder, or a .keras file", **options.path(shtab.FILE))
    options.add(parser, "table", metavar="TABLE", help="a CSV or Parquet file", **options.path(shtab.FILE))
    parser.add_argument("--seed", type=typed.seed, default=0, help="of all draws (default 0)")
    parser.add_argument("--num-samples", type=typed.count, default=1000, help="draws of z a row (default 1000)")
    parser.add_argument("--draw", action="store_true", help="a draw of what is missing instead of its mean")
    ends = "also write columns of the intervals' ends, NAME low and NAME high"
    parser.add_argument("--intervals", action="store_true", help=ends)
    covered = "probability of an interval, between 0 and 1 (default 0.9)"
    parser.add_argument("--coverage", type=typed.number, default=0.9, help=covered)
    options.output(parser, "a CSV or Parquet file", "RUN/filled.csv")
