"""The arguments of `tfvae request`."""

import pathlib

import shtab

from tfvae_cli import options, typed

#: The functions of a served model, and the options that each takes.
SIGNATURES = {
    "generate": ("count", "temperature", "seed", "condition"),
    "decode": ("files", "condition"),
    "encode": ("files", "condition"),
    "encode_sample": ("files", "seed", "condition"),
    "reconstruct": ("files", "condition"),
    "score": ("files", "num_samples", "seed", "condition"),
}


def add(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "request",
        help="ask a model that TensorFlow Serving serves",
        description="Ask a served model, by REST (http, https) or gRPC (grpc, grpcs). Without a signature: what it\n"
        "serves. Images are image files of any size; arrays are .npy and .npz files.",
        epilog="examples:\n"
        "  tfvae request http://localhost:8501/digits\n"
        "  tfvae request http://localhost:8501/digits generate --count 16 --output samples.png\n"
        "  tfvae request grpc://localhost:8500/digits encode a.png b.png --output latents.npz\n"
        "  tfvae request grpc://localhost:8500/digits decode latents.npz",
    )
    parser.add_argument("url", metavar="URL/MODEL", help="such as http://localhost:8501/digits")
    parser.add_argument("signature", nargs="?", choices=tuple(SIGNATURES), metavar="SIGNATURE", help="what to run")
    given = "images or an array; for decode an array of latents"
    options.add(parser, "files", nargs="*", metavar="FILE", help=given, **options.path(shtab.FILE))
    parser.add_argument("--count", type=typed.count, metavar="N", help="images to generate (default 16)")
    parser.add_argument("--temperature", type=typed.number, metavar="X", help="spread of z to generate (default 1)")
    parser.add_argument("--num-samples", type=typed.count, metavar="N", help="draws of z for a score (default 100)")
    parser.add_argument("--seed", type=typed.seed, help="of what is drawn (default 0)")
    parser.add_argument("--condition", type=typed.label, metavar="LABEL", help="of a conditional model, for all images")
    written = "a .png, or .npz or .npy (default: named by the signature)"
    options.add(parser, "--output", metavar="FILE", help=written, **options.path(shtab.FILE))
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    parser.add_argument("--model-version", type=typed.count, metavar="N", help="(default: the server's latest)")
    parser.add_argument("--label", metavar="NAME", help="of a version, in place of its number")
    parser.add_argument(
        "--deadline", type=typed.number, default=30.0, metavar="SECONDS", help="that an answer may take (default 30)"
    )
    parser.add_argument("--ca-file", type=pathlib.Path, metavar="PEM", help="certificates to trust, for TLS")
