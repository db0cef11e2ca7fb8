"""What `fit` and `evaluate` say of data that is not finite, and of a schedule that the training cuts off."""

import itertools
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import SHAPE, digits, make, strategy
from tfvae import callbacks, data, families, schedules, terms


def gaussian():
    vae = make(likelihood=families.Normal(SHAPE, scale=1.0), preprocessing=None)
    vae.compile("sgd")
    return vae


def stream(bad, once=False):
    """Six batches of four digits from a generator; those in `bad` hold an infinity. `once`: a second pass is whole."""
    passes = itertools.count()

    def generate():
        number = next(passes)
        x = digits()[:24].astype("float32").reshape(6, 4, *SHAPE) / 255
        if not once or number == 1:  # `fit` looks at one batch before
            x[list(bad), 1] = np.inf
        yield from x

    dataset = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([None, *SHAPE], tf.float32))
    return dataset.apply(tf.data.experimental.assert_cardinality(6))  # Keras warns where it doesn't know


def test_the_batch_of_a_stream_is_named():
    """Also of a stream that gives other batches the next time, and not in the epochs without."""
    with pytest.warns(UserWarning, match="Batch 3 of epoch 1 ") as caught:
        history = gaussian().fit(stream([3, 5], once=True), epochs=2, verbose=0).history
    assert history["skipped_steps"] == [2, 0]
    assert len([w for w in caught if "NaN or infinity" in str(w.message)]) == 1


def test_the_batch_is_that_of_the_training_where_there_is_validation():
    with pytest.warns(UserWarning, match="Batch 2 of epoch 1 "):
        gaussian().fit(stream([2]), validation_data=stream([]), verbose=0)


def test_several_steps_an_execution_name_the_batch():
    vae = gaussian()
    vae.compile("sgd", steps_per_execution=3)
    with pytest.warns(UserWarning, match="Batch 4 of epoch 1 "):
        vae.fit(stream([4]), verbose=0)


def test_another_replicas_share_is_seen():
    """The infinity is in the second example of a batch of four, or the last: the first or the second replica's."""
    x = digits()[:24].astype("float32") / 255
    x[15] = np.nan
    with strategy().scope():
        vae = gaussian()
    with pytest.warns(UserWarning, match="Batch 3 of epoch 1 "):
        vae.fit(tf.data.Dataset.from_tensor_slices(x).batch(4), verbose=0)


def test_evaluation_and_validation_refuse_such_a_batch():
    vae = gaussian()
    with pytest.raises(ValueError, match="Batch 5 of the data to evaluate "):
        vae.evaluate(stream([5]), verbose=0)
    with pytest.raises(ValueError, match="Batch 1 of the data to evaluate "):
        vae.fit(stream([]), validation_data=stream([1, 2]), verbose=0)
    assert np.isfinite(vae.evaluate(stream([]), verbose=0, return_dict=True)["loss"])


def warm_up(weight, steps=None, **fit):
    """Returns the warnings of a training of three steps an epoch."""
    model = make(objective=[terms.NegativeLogLikelihood(), terms.KL(weight=weight)])
    model.compile(**({} if steps is None else {"optimizer": keras.optimizers.SGD(gradient_accumulation_steps=steps)}))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(**{"x": data.from_array(digits(), batch_size=12), "verbose": 0, **fit})
    return [str(w.message) for w in caught if "schedule" in str(w.message)]


def test_a_schedule_that_the_training_cuts_off():
    linear = schedules.Linear(0.0, 1.0, steps=10)
    (said,) = warm_up(linear, epochs=2)
    assert "KL, a Linear schedule" in said
    assert "final value 1 after 10 train steps, and this `fit` ends after 6, at 0.6" in said
    assert "4 epochs rather than 2" in said
    # The number of epochs that it names is enough, and one less is not.
    assert warm_up(linear, epochs=4) == []
    assert len(warm_up(linear, epochs=3)) == 1


def test_a_schedule_of_keras_and_one_without_an_end():
    steps = keras.optimizers.schedules.PiecewiseConstantDecay([7], [0.0, 1.0])
    assert "after 8 train steps" in warm_up(steps)[0]
    cycle = keras.optimizers.schedules.CosineDecayRestarts(1.0, 10)
    assert warm_up(cycle) == []


def test_a_step_of_several_batches_is_one():
    assert "ends after 2, at 0.2" in warm_up(schedules.Linear(0.0, 1.0, steps=10), 3, epochs=2)[0]


def test_a_dataset_of_unknown_length():
    unknown = data.from_array(digits(), batch_size=12).filter(lambda x: True)
    (said,) = warm_up(schedules.Linear(0.0, 1.0, steps=10), x=unknown, epochs=2)
    assert "ends after 6" in said


def test_a_training_that_goes_on_counts_from_where_it_stands(tmp_path):
    """A resumed one, too: its first epoch is not the first."""
    linear, dataset = schedules.Linear(0.0, 1.0, steps=6), data.from_array(digits(), batch_size=12)

    def model():
        vae = make(objective=[terms.NegativeLogLikelihood(), terms.KL(weight=linear)])
        vae.compile("sgd")
        return vae

    backup = callbacks.BackupAndRestore(tmp_path / "b", delete_checkpoint=False)
    vae = model()
    with pytest.warns(UserWarning, match="ends after 3, at 0.5"):
        vae.fit(dataset, verbose=0, callbacks=[backup])
    vae.fit(dataset, verbose=0)  # ends after 6
    model().fit(dataset, epochs=2, verbose=0, callbacks=[backup])  # likewise
