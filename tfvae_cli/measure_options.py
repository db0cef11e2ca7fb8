"""The arguments of the commands that measure a trained model."""

import shtab

from tfvae_cli import options, typed


def evaluate(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a model",
        description="Estimate log p(x) of held-out data, ELBO, KL, active units, reconstructions, a probe of labels.",
    )
    options.run(parser)
    parser.add_argument("--num-samples", type=typed.count, default=500, help="draws of z an image (default 500)")
    samples = "compare N new images with N of the data, and test whether they are copies of training images"
    parser.add_argument("--samples", type=typed.count, metavar="N", help=samples)
    network = "whose features compare them (default: a classifier, trained once and kept beside the JSON)"
    options.add(parser, "--network", metavar="FILE.keras", help=network, **options.path(shtab.FILE))
    factors = "score how far latents are the data's factors, which must be known (sprites); takes minutes"
    parser.add_argument("--factors", action="store_true", help=factors)
    parser.add_argument("--quiet", action="store_true", help="write the JSON, print nothing")
    options.output(parser, "a JSON file", "RUN/evaluation-SPLIT.json")
    options.images(parser)


def doctor(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "doctor",
        help="find which part of a model loses nats, and what would win them back",
        description="Ask each part of a trained model a question that needs no new training: is another likelihood\n"
        "fitted to the errors better, or another prior to the codes, is there a better q(z|x) of its family or of a\n"
        "richer one, does a principal component analysis know more, is it better on its training images? Each\n"
        "finding says what is to be won, and the parts to train with.",
    )
    options.run(parser)
    parser.add_argument("--quiet", action="store_true", help="write the JSON, print nothing")
    options.output(parser, "a JSON file", "RUN/diagnosis-SPLIT.json")
    options.images(parser)


def score(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "score",
        help="say how normal each image is",
        description="Write log p(x) of each image in nats, its standard error, and a p-value: how often an image of\n"
        "the run's own data is as improbable, or as much too probable, by ranks among its validation images.\n"
        "At most a share a of images like these has a p-value of a or less.",
        epilog="examples:\n  tfvae score runs/digits\n  tfvae score runs/digits --dataset photographs/ --split train",
    )
    options.run(parser)
    parser.add_argument("--num-samples", type=typed.count, default=100, help="draws of z an image (default 100)")
    options.output(parser, "a CSV file", "RUN/scores-SPLIT.csv")
    options.images(parser)


def report(commands):
    """Adds the command."""
    parser = commands.add_parser(
        "report",
        help="measure a model, or compare several, on one page",
        description="Write one HTML file with what can be said of a run, its pictures inside, and the figures as JSON\n"
        "beside it. Of several runs it also compares log p(x), example by example, with that of the first.",
        epilog="examples:\n  tfvae report runs/digits\n  tfvae report runs/vae runs/iwae --output vae-or-iwae.html",
    )
    runs = "run folders, or .keras files"
    options.add(parser, "runs", nargs="+", metavar="RUN", help=runs, **options.path(shtab.FILE))
    parser.add_argument("--seed", type=typed.seed, default=0, help="of all draws (default 0)")
    parser.add_argument("--num-samples", type=typed.count, default=500, help="draws of z an image (default 500)")
    bounds = "bound log p(x) of the examples from both sides, by annealed importance sampling; takes minutes"
    parser.add_argument("--annealed", action="store_true", help=bounds)
    few = "images for the gaps, the ELBO's parts and --annealed (default 64)"
    parser.add_argument("--examples", type=typed.count, default=64, metavar="N", help=few)
    parser.add_argument("--quiet", action="store_true", help="write the files, print nothing")
    options.output(
        parser, "an HTML file; the JSON is beside it", "RUN/report.html, of several runs RUN/comparison.html"
    )
    options.images(parser)
