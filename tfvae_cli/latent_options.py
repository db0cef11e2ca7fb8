"""The arguments of the commands that are about the latents of a dataset."""

import argparse

from tfvae_cli import options, typed


def encode(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "encode",
        help="write the latents of a dataset",
        description="Write mean and stddev of q(z|x) of each image, in the dataset's order, to .npz.",
    )
    options.run(parser)
    parser.add_argument(
        "--shard-size", type=typed.count, metavar="N", help="images a file; writes a folder of shards and streams"
    )
    options.output(parser, "an .npz file, or a folder with --shard-size", "RUN/latents-SPLIT[.npz]")
    options.images(parser)


def fit_prior(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "fit-prior",
        help="fit a prior to what a model encodes, for better samples",
        description="Fit a prior to the latents of the training images, and write the model with it. The networks\n"
        "stay as they are. Samples, also those of an autoencoder, are then of latents that the decoder knows. It is\n"
        "a mixture of Gaussians; with --diffusion, and of a model of several layers of latents, a diffusion, which\n"
        "takes minutes and knows more; of a model whose latents are codes, such as vq_vae, an autoregressive prior.",
        epilog="examples:\n  tfvae fit-prior runs/digits && tfvae sample runs/digits/fitted.keras\n"
        "  tfvae fit-prior runs/emoji --diffusion --epochs 20",
    )
    options.run(parser)
    several = "Gaussians (default 4; a model of codes has none unless it is given)"
    parser.add_argument("--components", type=typed.count, help=several)
    full = "whether latents depend on each other (default: from 2 images for each latent and Gaussian on)"
    parser.add_argument("--full", action=argparse.BooleanOptionalAction, help=full)
    least = "of a Gaussian's spread; a larger one is smoother (default 0.05)"
    parser.add_argument("--min-scale", type=typed.number, default=0.05, help=least)
    parser.add_argument("--diffusion", action="store_true", help="a diffusion in place of the mixture")
    passes = "of a diffusion (default: 1,500 steps) or of an autoregressive prior (default 30), over the images"
    parser.add_argument("--epochs", type=typed.count, help=passes)
    least = "of the diffusion, below which nothing is learned, in spreads of a latent (default 0.1)"
    parser.add_argument("--min-noise", type=typed.number, default=0.1, help=least)
    options.output(parser, "a .keras file", "RUN/fitted.keras")
    options.images(parser, "train")
