"""Ctrl-C while TensorFlow works waits for a place where one may stop."""

import signal

import keras
import numpy as np
import pytest

from tfvae_cli import interrupt


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


def test_the_first_one_waits():
    with interrupt.kept():
        interrupt.raise_kept()  # nothing waits yet
        ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            interrupt.raise_kept()
        interrupt.raise_kept()  # once
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_one_does_not():
    with interrupt.kept():
        ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()


def test_one_that_no_place_raised_interrupts_at_the_end():
    done = []

    @interrupt.kept()
    def work():
        ctrl_c()
        done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["the rest"]


def test_an_error_goes_before_one_that_waits():
    @interrupt.kept()
    def work():
        ctrl_c()
        raise ValueError("bad data")

    with pytest.raises(ValueError, match="bad data"):
        work()


def test_it_leaves_another_handler_alone():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupt.kept():
            ctrl_c()
            interrupt.raise_kept()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_test_batch_end", "on_epoch_end"])
def test_a_training_ends_at_the_next_hook(hook):
    class Presses(keras.callbacks.Callback):
        pass

    def press(self, at, logs=None):
        seen.append((hook, at))
        ctrl_c()

    seen = []
    setattr(Presses, hook, press)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((8, 2)), np.zeros((8, 1))
    callbacks = [Presses(), interrupt.callback()]
    with interrupt.kept(), pytest.raises(KeyboardInterrupt):
        model.fit(x, y, batch_size=4, validation_data=(x, y), verbose=0, callbacks=callbacks)
    assert seen == [(hook, 0)]
