"""The program, run in this process."""

import logging
import warnings

from tensorflow.python.framework import config as framework

from tfvae_cli.main import main


def run(*arguments):
    """Runs a command. Returns its exit status, and leaves nothing changed that holds for the whole process."""
    levels = {name: logging.getLogger(name).level for name in ("absl", "tensorflow")}
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)  # a warning is a line on stderr, as it is for a user
        try:
            return main([str(argument) for argument in arguments])
        except SystemExit as end:
            return end.code
        finally:
            framework.disable_op_determinism()  # `train` enables it
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


def train(folder, *arguments):
    """Trains quietly into a folder, which must work."""
    assert run("train", "--quiet", "--output", folder, *arguments) == 0
    return folder
