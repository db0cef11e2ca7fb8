"""The command line's arguments. Nothing here imports TensorFlow."""

import argparse
import importlib.metadata

import shtab

from tfvae_cli import (
    draw_options,
    export_options,
    latent_options,
    measure_options,
    options,
    problem,
    request_options,
    sources,
    sweep_options,
    train_options,
    typed,
)

_EXAMPLES = """\
examples:
  tfvae train --dataset digits --recipe vae --epochs 50 --output runs/digits
  tfvae sample runs/digits
  tfvae evaluate runs/digits
  tfvae export runs/digits
  tfvae explore saved_models/digits
"""


def _lists(commands):
    recipes = commands.add_parser("recipes", help="the papers by name", description="List the recipes, or explain one.")
    recipes.add_argument("recipe", nargs="?", choices=list(sources.recipes()), metavar="RECIPE", help="explain one")
    recipes.add_argument("--names", action="store_true", help="one name a line, nothing else")
    datasets = commands.add_parser("datasets", help="the datasets by name", description="List the datasets.")
    datasets.add_argument("--names", action="store_true", help="one name a line, nothing else")
    options.add(datasets, "--data-dir", metavar="DIR", help="where TFDS keeps its datasets", complete=shtab.DIRECTORY)


# In the order in which `tfvae --help` lists them.
_COMMANDS = (
    train_options.add,
    sweep_options.add,
    measure_options.evaluate,
    measure_options.doctor,
    measure_options.score,
    measure_options.report,
    latent_options.encode,
    latent_options.fit_prior,
    export_options.export,
    export_options.explore,
    draw_options.sample,
    draw_options.reconstruct,
    draw_options.vary,
    draw_options.impute,
    request_options.add,
    _lists,
)


def make():
    """Returns the `argparse.ArgumentParser` of the whole program."""
    parser = typed.Parser(
        prog="tfvae", description="Variational autoencoders: train, look, measure, export.", epilog=_EXAMPLES
    )
    version = importlib.metadata.version("tfvae")
    parser.add_argument("--version", action="version", version=f"tfvae {version}")
    shtab.add_argument_to(parser, ["--print-completion"], help="print a script that completes these commands")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=typed.Parser)
    for add in _COMMANDS:
        add(commands)
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
