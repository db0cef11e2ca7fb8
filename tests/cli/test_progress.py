"""The line that shows how far a training is."""

import contextlib
import fcntl
import os
import struct
import termios

import pytest

from tfvae_cli import progress


@pytest.mark.parametrize("columns", [0, 120])
def test_progress_on_a_terminal(monkeypatch, columns):
    screen, keyboard = os.openpty()
    fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with os.fdopen(keyboard, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        shown = progress.Progress(epochs=2, steps=3)
        for epoch in range(2):
            shown.on_epoch_begin(epoch)
            shown.on_train_batch_end(2)
            shown.on_epoch_end(epoch, {"elbo": -5.5, "kl": 1.5, "loss": 5.5})
        shown.close()
    text = b""
    with contextlib.suppress(OSError):  # at its end, Linux says that the other side is gone
        while piece := os.read(screen, 1000):
            text += piece
    os.close(screen)
    *_, last = text.decode().strip().split("\r")
    assert last.startswith("epoch 2/2 100%|")
    assert last.endswith("elbo=-5.50, kl=1.50")


def test_progress_in_a_log(capsys):
    shown = progress.Progress(epochs=100, steps=3)
    for epoch in range(100):
        shown.on_epoch_begin(epoch)
        shown.on_epoch_end(epoch, {"elbo": -5.5, "loss": 5.5})
    shown.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 20
    assert lines[-1] == "epoch 100/100  elbo -5.50"
