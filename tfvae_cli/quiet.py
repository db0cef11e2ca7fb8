"""Silences TensorFlow's start-up messages, for programs whose output people read."""

import contextlib
import logging
import os
import sys
import tempfile


@contextlib.contextmanager
def tensorflow_loading():
    """Wraps imports that load TensorFlow, and code that starts LiteRT.

    Suppresses what C++ writes to stderr in the block, unless the block fails.
    TF_CPP_MIN_LOG_LEVEL doesn't affect all of it.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("absl").setLevel("ERROR")
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        screen = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(screen, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
