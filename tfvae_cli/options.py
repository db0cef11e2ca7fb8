"""Arguments that several commands of the command line have."""

import pathlib

import shtab

from tfvae_cli import typed


def path(kind):
    """Returns the options of an argument that is a path; `kind` says how shtab completes it."""
    return {"type": pathlib.Path, "complete": kind}


def add(parser, *names, complete=None, **options):
    """Adds an argument, which shtab completes as `complete` says."""
    action = parser.add_argument(*names, **options)
    if complete is not None:
        action.complete = complete  # how shtab completes the argument


def data(parser, what, batches=True):
    """Adds the options of a dataset, as a group that `what` explains."""
    group = parser.add_argument_group("data", what)
    add(
        group,
        "--dataset",
        metavar="NAME",
        help="digits, sprites, a TFDS name, or the path of images or of a table (.csv, .parquet)",
        complete=shtab.FILE,
    )
    add(group, "--data-dir", metavar="DIR", help="where TFDS keeps its datasets", complete=shtab.DIRECTORY)
    if batches:
        group.add_argument("--batch-size", type=typed.count, metavar="N", help="examples a batch (default 128)")
    else:
        parser.set_defaults(batch_size=None)
    group.add_argument("--image-size", type=typed.size, metavar="HxW", help="size that images of a folder or TFDS get")
    group.add_argument("--channels", type=int, choices=(1, 3), help="of a folder's or TFDS's images: grey or colour")
    group.add_argument("--strict", action="store_true", default=None, help="refuse unreadable files of a folder")


def run(parser):
    """Adds the run or model, and the seed of what is drawn."""
    add(parser, "run", metavar="RUN", help="a run folder, or a .keras file", **path(shtab.FILE))
    parser.add_argument("--seed", type=typed.seed, default=0, help="of all draws (default 0)")


def output(parser, what, default):
    """Adds where the result goes."""
    add(parser, "--output", metavar="PATH", help=f"{what} (default: {default})", **path(shtab.FILE))
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")


def images(parser, split="test"):
    """Adds the options of a dataset and of its split."""
    data(parser, f"which images; by default the {split} split of the run's own dataset")
    parser.add_argument("--split", default=None, help=f"train, validation, test, or as TFDS has it (default {split})")
