"""Whether the code being traced will become one XLA program.

TensorFlow's kernels and XLA's code are fast at different things, and a graph
doesn't know which of the two will run it. `execution` records it while it traces.
"""

import contextlib
import contextvars

_tracing = contextvars.ContextVar("tracing", default=False)


def tracing():
    """Returns whether the caller is being traced for a program that `execution` compiles."""
    return _tracing.get()


@contextlib.contextmanager
def program():
    """Marks everything traced in the block as part of an XLA program."""
    token = _tracing.set(True)
    try:
        yield
    finally:
        _tracing.reset(token)
