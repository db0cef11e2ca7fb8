"""Ctrl-C while TensorFlow works.

Python raises `KeyboardInterrupt` wherever it happens to be. Within a call of
TensorFlow's that is fatal now and then: the exception replaces one that the
library's C++ is about to read, and the process ends by a signal or with an error
that says nothing. So an interrupt is kept until a place where one may stop.
"""

import contextlib
import signal
import threading

_waiting = threading.Event()


@contextlib.contextmanager
def kept():
    """Within, the first Ctrl-C waits for `raise_kept`; a second one interrupts at once, as always.

    One that still waits at the end is raised there.
    """
    ours = threading.current_thread() is threading.main_thread()
    # A job in a shell's background ignores Ctrl-C, and goes on to.
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _keep)
    try:
        yield
        raise_kept()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _waiting.clear()


def _keep(number, frame):
    del number, frame
    raise_kept()  # the second
    _waiting.set()


def raise_kept():
    """Raises `KeyboardInterrupt` if a Ctrl-C waits."""
    if _waiting.is_set():
        _waiting.clear()
        raise KeyboardInterrupt


def callback():
    """Returns a Keras callback that raises what waits after each execution of steps."""
    import keras  # TensorFlow takes seconds to load

    class Interrupts(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise_kept()

        on_test_batch_end = on_train_batch_end

        def on_epoch_begin(self, epoch, logs=None):
            raise_kept()

        on_epoch_end = on_epoch_begin

    return Interrupts()
