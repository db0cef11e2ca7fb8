"""The program: parses the command line, runs the command, and reports an error in one line."""

import importlib
import os
import sys

from tfvae_cli import parser, problem

# Where each command is. It is imported when called, as some imports take a while.
_COMMANDS = {
    "train": "train",
    "sweep": "sweep",
    "evaluate": "evaluate",
    "doctor": "doctor",
    "report": "report",
    "sample": "draw",
    "reconstruct": "draw",
    "vary": "draw",
    "score": "score",
    "impute": "impute",
    "encode": "encode",
    "fit-prior": "fit_prior",
    "export": "export",
    "request": "request",
    "explore": "explore",
    "recipes": "lists",
    "datasets": "lists",
}


def main(arguments=None):
    """Runs the program.

    Args:
        arguments: The command line, by default that of the process.

    Returns:
        Exit status: 0, 2 for an error that the user can fix, 130 after an interrupt.
    """
    options = parser.parse(arguments)
    try:
        problem.speak_plainly()
        module = importlib.import_module(f"tfvae_cli.{_COMMANDS[options.command]}")
        status = getattr(module, options.command.replace("-", "_"))(options)
        sys.stdout.flush()  # here, where a closed pipe is handled
        return status
    except KeyboardInterrupt as interrupt:
        print(f"tfvae {options.command}: {str(interrupt) or 'stopped'}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of the output has closed the pipe. Nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if options.debug:
            import traceback

            traceback.print_exc()
        print(f"tfvae {options.command}: error: {problem.one_line(error)}", file=sys.stderr)
        return 2
