"""The command line's arguments. Nothing here imports TensorFlow."""

import argparse
import functools
import importlib.metadata
import pathlib

import shtab

from tfvae_cli import problem, request_options, sources, sweep_options, typed

_EXAMPLES = """\
examples:
  tfvae train --dataset digits --recipe vae --epochs 50 --output runs/digits
  tfvae sample runs/digits
  tfvae evaluate runs/digits
  tfvae export runs/digits
  tfvae explore saved_models/digits
"""


def _path(kind):
    return {"type": pathlib.Path, "complete": kind}


def _add(parser, *names, complete=None, **options):
    action = parser.add_argument(*names, **options)
    if complete is not None:
        action.complete = complete  # how shtab completes the argument


def _add_data(parser, what, batches=True):
    group = parser.add_argument_group("data", what)
    _add(
        group,
        "--dataset",
        metavar="NAME",
        help="digits, sprites, a TFDS name, or the path of images or of a table (.csv, .parquet)",
        complete=shtab.FILE,
    )
    _add(group, "--data-dir", metavar="DIR", help="where TFDS keeps its datasets", complete=shtab.DIRECTORY)
    if batches:
        group.add_argument("--batch-size", type=typed.count, metavar="N", help="examples a batch (default 128)")
    else:
        parser.set_defaults(batch_size=None)
    group.add_argument("--image-size", type=typed.size, metavar="HxW", help="size that images of a folder or TFDS get")
    group.add_argument("--channels", type=int, choices=(1, 3), help="of a folder's or TFDS's images: grey or colour")
    group.add_argument("--strict", action="store_true", default=None, help="refuse unreadable files of a folder")


def _add_run(parser):
    _add(parser, "run", metavar="RUN", help="a run folder, or a .keras file", **_path(shtab.FILE))
    parser.add_argument("--seed", type=typed.seed, default=0, help="of all draws (default 0)")


def _add_output(parser, what, default):
    _add(parser, "--output", metavar="PATH", help=f"{what} (default: {default})", **_path(shtab.FILE))
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")


def _add_images(parser, split="test"):
    _add_data(parser, f"which images; by default the {split} split of the run's own dataset")
    parser.add_argument("--split", default=None, help=f"train, validation, test, or as TFDS has it (default {split})")


def _train(commands):
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
    _add(parser, "config", nargs="?", metavar="CONFIG.toml", help="a configuration", **_path(shtab.FILE))
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
    _add(
        parser, "--output", metavar="DIR", help="the run folder (default runs/DATASET-RECIPE)", **_path(shtab.DIRECTORY)
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with an interrupted run, or one with more --epochs"
    )
    parser.add_argument("--overwrite", action="store_true", help="delete a run that is there")
    parser.add_argument("--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.add_argument(
        "--labels", type=typed.count, metavar="N", help="labels that stay known, for a semi-supervised recipe (all)"
    )
    _add_data(parser, "what to train on")


def _use(commands):
    sample = commands.add_parser(
        "sample",
        help="draw new images, or rows of a table",
        description="Draw z from the prior and decode it. Of a table it writes rows, each a draw of p(x|z).",
    )
    _add_run(sample)
    sample.add_argument("--count", type=typed.count, default=64, help="images (default 64)")
    sample.add_argument(
        "--temperature", type=typed.number, default=1.0, help="spread of z around the prior's mean (default 1)"
    )
    sample.add_argument("--draw", action="store_true", help="a draw from p(x|z) instead of its mean")
    sample.add_argument("--condition", type=typed.label, metavar="LABEL", help="of a conditional model (default: each)")
    _add_output(sample, "a PNG, or an .npy file of numbers; of a table .csv or .parquet", "RUN/samples.png")

    again = commands.add_parser(
        "reconstruct", help="images beside their reconstructions", description="Encode images and decode them again."
    )
    _add_run(again)
    again.add_argument("--count", type=typed.count, default=32, help="images (default 32)")
    again.add_argument("--draw", action="store_true", help="a draw from p(x|z) instead of its mean")
    _add_output(again, "a PNG, or an .npy file of numbers", "RUN/reconstructions.png")
    _add_images(again)

    vary = commands.add_parser(
        "vary",
        help="samples around given images",
        description="Each row: an image, then decoded draws of z around its posterior's mean.",
    )
    _add_run(vary)
    _add(vary, "--image", metavar="FILE", action="append", help="an image file; may be repeated", **_path(shtab.FILE))
    vary.add_argument(
        "--count", type=typed.count, default=8, help="images of the dataset, where no --image is given (default 8)"
    )
    vary.add_argument("--variations", type=typed.count, default=8, help="of each image (default 8)")
    vary.add_argument("--scale", type=typed.number, default=1.0, help="of the posterior's spread (default 1)")
    _add_output(vary, "a PNG, or an .npy file of numbers", "RUN/variations.png")
    _add_images(vary)


def _measure(commands):
    evaluate = commands.add_parser(
        "evaluate",
        help="measure a model",
        description="Estimate log p(x) of held-out data, ELBO, KL, active units, reconstructions, a probe of labels.",
    )
    _add_run(evaluate)
    evaluate.add_argument("--num-samples", type=typed.count, default=500, help="draws of z an image (default 500)")
    samples = "compare N new images with N of the data, and test whether they are copies of training images"
    evaluate.add_argument("--samples", type=typed.count, metavar="N", help=samples)
    network = "whose features compare them (default: a classifier, trained once and kept beside the JSON)"
    _add(evaluate, "--network", metavar="FILE.keras", help=network, **_path(shtab.FILE))
    factors = "score how far latents are the data's factors, which must be known (sprites); takes minutes"
    evaluate.add_argument("--factors", action="store_true", help=factors)
    evaluate.add_argument("--quiet", action="store_true", help="write the JSON, print nothing")
    _add_output(evaluate, "a JSON file", "RUN/evaluation-SPLIT.json")
    _add_images(evaluate)

    doctor = commands.add_parser(
        "doctor",
        help="find which part of a model loses nats, and what would win them back",
        description="Ask each part of a trained model a question that needs no new training: is another likelihood\n"
        "fitted to the errors better, or another prior to the codes, is there a better q(z|x) of its family or of a\n"
        "richer one, does a principal component analysis know more, is it better on its training images? Each\n"
        "finding says what is to be won, and the parts to train with.",
    )
    _add_run(doctor)
    doctor.add_argument("--quiet", action="store_true", help="write the JSON, print nothing")
    _add_output(doctor, "a JSON file", "RUN/diagnosis-SPLIT.json")
    _add_images(doctor)

    score = commands.add_parser(
        "score",
        help="say how normal each image is",
        description="Write log p(x) of each image in nats, its standard error, and a p-value: how often an image of\n"
        "the run's own data is as improbable, or as much too probable, by ranks among its validation images.\n"
        "At most a share a of images like these has a p-value of a or less.",
        epilog="examples:\n  tfvae score runs/digits\n  tfvae score runs/digits --dataset photographs/ --split train",
    )
    _add_run(score)
    score.add_argument("--num-samples", type=typed.count, default=100, help="draws of z an image (default 100)")
    _add_output(score, "a CSV file", "RUN/scores-SPLIT.csv")
    _add_images(score)

    _report(commands)

    encode = commands.add_parser(
        "encode",
        help="write the latents of a dataset",
        description="Write mean and stddev of q(z|x) of each image, in the dataset's order, to .npz.",
    )
    _add_run(encode)
    encode.add_argument(
        "--shard-size", type=typed.count, metavar="N", help="images a file; writes a folder of shards and streams"
    )
    _add_output(encode, "an .npz file, or a folder with --shard-size", "RUN/latents-SPLIT[.npz]")
    _add_images(encode)

    fit_prior = commands.add_parser(
        "fit-prior",
        help="fit a prior to what a model encodes, for better samples",
        description="Fit a prior to the latents of the training images, and write the model with it. The networks\n"
        "stay as they are. Samples, also those of an autoencoder, are then of latents that the decoder knows. It is\n"
        "a mixture of Gaussians; with --diffusion, and of a model of several layers of latents, a diffusion, which\n"
        "takes minutes and knows more; of a model whose latents are codes, such as vq_vae, an autoregressive prior.",
        epilog="examples:\n  tfvae fit-prior runs/digits && tfvae sample runs/digits/fitted.keras\n"
        "  tfvae fit-prior runs/emoji --diffusion --epochs 20",
    )
    _add_run(fit_prior)
    several = "Gaussians (default 4; a model of codes has none unless it is given)"
    fit_prior.add_argument("--components", type=typed.count, help=several)
    full = "whether latents depend on each other (default: from 2 images for each latent and Gaussian on)"
    fit_prior.add_argument("--full", action=argparse.BooleanOptionalAction, help=full)
    least = "of a Gaussian's spread; a larger one is smoother (default 0.05)"
    fit_prior.add_argument("--min-scale", type=typed.number, default=0.05, help=least)
    fit_prior.add_argument("--diffusion", action="store_true", help="a diffusion in place of the mixture")
    passes = "of a diffusion (default: 1,500 steps) or of an autoregressive prior (default 30), over the images"
    fit_prior.add_argument("--epochs", type=typed.count, help=passes)
    least = "of the diffusion, below which nothing is learned, in spreads of a latent (default 0.1)"
    fit_prior.add_argument("--min-noise", type=typed.number, default=0.1, help=least)
    _add_output(fit_prior, "a .keras file", "RUN/fitted.keras")
    _add_images(fit_prior, "train")

    export = commands.add_parser(
        "export",
        help="write a model for TF Serving and for LiteRT",
        description="Write a SavedModel and LiteRT files, by default the decoder in float32, each compared with Keras\n"
        "before it appears; then a table of the LiteRT files.",
    )
    _add(export, "run", metavar="RUN", help="a run folder, or a .keras file", **_path(shtab.FILE))
    export.add_argument("--format", choices=("tf_saved_model", "litert"), help="only this one")
    _add(export, "--output", metavar="DIR", help="(default saved_models/NAME of the run)", **_path(shtab.DIRECTORY))
    what = "the served `score` returns p-values, too, calibrated on validation images of the run"
    export.add_argument("--p-values", action="store_true", help=what)
    _litert(export)
    what = "int8 is calibrated on training images, the explorer's map shows test images; by default the run's own"
    _add_data(export, what, batches=False)
    export.set_defaults(split=None)


def _impute(commands):
    impute = commands.add_parser(
        "impute",
        help="fill what is missing of a table",
        description="Fill the empty cells of a CSV or Parquet file by a model of its columns: means of numbers,\n"
        "rounded where they are whole, and the most probable word. What is there stays as it is.",
        epilog="example:\n  tfvae train --dataset people.csv --output runs/p && tfvae impute runs/p people.csv",
    )
    _add(impute, "run", metavar="RUN", help="a run folder, or a .keras file", **_path(shtab.FILE))
    _add(impute, "table", metavar="TABLE", help="a CSV or Parquet file", **_path(shtab.FILE))
    impute.add_argument("--seed", type=typed.seed, default=0, help="of all draws (default 0)")
    impute.add_argument("--num-samples", type=typed.count, default=1000, help="draws of z a row (default 1000)")
    impute.add_argument("--draw", action="store_true", help="a draw of what is missing instead of its mean")
    ends = "also write columns of the intervals' ends, NAME low and NAME high"
    impute.add_argument("--intervals", action="store_true", help=ends)
    covered = "probability of an interval, between 0 and 1 (default 0.9)"
    impute.add_argument("--coverage", type=typed.number, default=0.9, help=covered)
    _add_output(impute, "a CSV or Parquet file", "RUN/filled.csv")


def _report(commands):
    report = commands.add_parser(
        "report",
        help="measure a model, or compare several, on one page",
        description="Write one HTML file with what can be said of a run, its pictures inside, and the figures as JSON\n"
        "beside it. Of several runs it also compares log p(x), example by example, with that of the first.",
        epilog="examples:\n  tfvae report runs/digits\n  tfvae report runs/vae runs/iwae --output vae-or-iwae.html",
    )
    runs = "run folders, or .keras files"
    _add(report, "runs", nargs="+", metavar="RUN", help=runs, **_path(shtab.FILE))
    report.add_argument("--seed", type=typed.seed, default=0, help="of all draws (default 0)")
    report.add_argument("--num-samples", type=typed.count, default=500, help="draws of z an image (default 500)")
    bounds = "bound log p(x) of the examples from both sides, by annealed importance sampling; takes minutes"
    report.add_argument("--annealed", action="store_true", help=bounds)
    few = "images for the gaps, the ELBO's parts and --annealed (default 64)"
    report.add_argument("--examples", type=typed.count, default=64, metavar="N", help=few)
    report.add_argument("--quiet", action="store_true", help="write the files, print nothing")
    _add_output(report, "an HTML file; the JSON is beside it", "RUN/report.html, of several runs RUN/comparison.html")
    _add_images(report)


def _look(commands):
    explore = commands.add_parser(
        "explore",
        help="look into the latent space of an export, in a browser",
        description="Serve a page, to this machine alone, that runs the exported LiteRT decoder: sliders, a map of\n"
        "the encoded data, random samples. Its JavaScript packages are installed once, by --install.",
        epilog="example:\n  tfvae explore saved_models/digits --install",
    )
    _add(explore, "export", nargs="?", metavar="EXPORT", help="what `tfvae export` wrote", **_path(shtab.DIRECTORY))
    explore.add_argument("--install", action="store_true", help="install the page's packages first, by npm ci")
    _add(
        explore,
        "--packages",
        metavar="DIR",
        help="where these are (default: the user's cache)",
        **_path(shtab.DIRECTORY),
    )
    explore.add_argument("--port", type=typed.port, default=8137, help="0 takes any that is free (default 8137)")
    explore.add_argument(
        "--open", action=argparse.BooleanOptionalAction, help="open a browser (default: where there is a desktop)"
    )


def _litert(export):
    group = export.add_argument_group("LiteRT")
    group.add_argument("--all", action="store_true", help="every part in every quantization")
    parts, numbers = ("decoder", "encoder", "reconstruct", "generate"), ("float32", "float16", "dynamic", "int8")
    group.add_argument("--part", action="append", choices=parts, help="only this one; may be repeated")
    group.add_argument("--quantization", action="append", choices=numbers, help="only this one; may be repeated")
    group.add_argument("--batch", type=typed.count, default=1, metavar="N", help="examples of one call (default 1)")
    group.add_argument("--pixels", choices=("x", "uint8"), default="x", help="uint8: pictures as bytes (default x)")


def _lists(commands):
    recipes = commands.add_parser("recipes", help="the papers by name", description="List the recipes, or explain one.")
    recipes.add_argument("recipe", nargs="?", choices=list(sources.recipes()), metavar="RECIPE", help="explain one")
    recipes.add_argument("--names", action="store_true", help="one name a line, nothing else")
    datasets = commands.add_parser("datasets", help="the datasets by name", description="List the datasets.")
    datasets.add_argument("--names", action="store_true", help="one name a line, nothing else")
    _add(datasets, "--data-dir", metavar="DIR", help="where TFDS keeps its datasets", complete=shtab.DIRECTORY)


def make():
    """Returns the `argparse.ArgumentParser` of the whole program."""
    parser = typed.Parser(
        prog="tfvae", description="Variational autoencoders: train, look, measure, export.", epilog=_EXAMPLES
    )
    version = importlib.metadata.version("tfvae")
    parser.add_argument("--version", action="version", version=f"tfvae {version}")
    shtab.add_argument_to(parser, ["--print-completion"], help="print a script that completes these commands")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=typed.Parser)
    sweep = functools.partial(sweep_options.add, add_data=_add_data)
    for group in (_train, sweep, _measure, _look, _use, _impute, request_options.add, _lists):
        group(commands)
    for command in commands.choices.values():
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def parse(arguments=None):
    """Returns the parsed command line; ends the program if it is invalid."""
    parser = make()
    options, unknown = parser.parse_known_args(arguments)
    if options.command is None and not unknown:
        parser.print_help()
        raise SystemExit(0)
    if unknown:
        subparsers = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
        command = subparsers.choices[options.command] if options.command else parser
        flags = [flag for action in command._actions for flag in action.option_strings if flag.startswith("--")]
        command.error(problem.unknown("argument", unknown[0], flags))
    return options
