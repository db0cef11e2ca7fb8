"""Records in files: any order, any shard, resumed in the middle of an epoch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import models
from tfvae import callbacks, data
from tfvae.data import epoch as position


def parse(records):
    return tf.reshape(tf.io.decode_raw(records, tf.uint8), [-1, 8, 8, 1])


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Digits in three TFRecord and in three ArrayRecord files."""
    from array_record.python.array_record_module import ArrayRecordWriter

    folder = tmp_path_factory.mktemp("shards")
    images = models.digits(50)
    for shard in range(3):
        with tf.io.TFRecordWriter(str(folder / f"digits.tfrecord-{shard:05d}-of-00003")) as writer:
            other = ArrayRecordWriter(str(folder / f"digits.array_record-{shard:05d}-of-00003"), "group_size:1")
            for image in images[shard * 17 : (shard + 1) * 17]:
                writer.write(image.tobytes())
                other.write(image.tobytes())
            other.close()
    return folder


@pytest.mark.parametrize("kind", ["tfrecord", "array_record"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_records_come_as_an_array_would(shards, kind, shuffle):
    settings = {"batch_size": 16, "shuffle": shuffle, "seed": 3}
    records = data.from_records(f"{shards}/digits.{kind}-*", parse, **settings)
    array = data.from_array(models.digits(50), **settings)
    assert records.cardinality() == array.cardinality() == 4
    for batch, same in zip(records, array, strict=True):
        np.testing.assert_array_equal(batch, same)


def test_records_of_unequal_length(tmp_path):
    words = [b"", b"a", b"longer than the others", b"bc"]
    with tf.io.TFRecordWriter(str(tmp_path / "words.tfrecord")) as writer:
        for word in words:
            writer.write(word)
    dataset = data.from_records(tmp_path / "words.tfrecord", lambda records: records, batch_size=4, shuffle=False)
    assert next(iter(dataset)).numpy().tolist() == words


def test_passes_without_end_are_the_epochs_one_after_the_other():
    # Ten examples in batches of four: three batches a pass.
    x = np.arange(10, dtype="uint8")[:, None]
    endless = data.from_array(x, batch_size=4, seed=1, endless=True)
    position.step().assign(0)
    assert endless.cardinality() == tf.data.INFINITE_CARDINALITY
    found = [batch.numpy() for batch in endless.take(6)]
    epoch = position.variable()
    expected = []
    for number in range(2):
        epoch.assign(number)
        expected += [batch.numpy() for batch in data.from_array(x, batch_size=4, seed=1)]
    epoch.assign(0)
    for batch, same in zip(found, expected, strict=True):
        np.testing.assert_array_equal(batch, same)
    # A resumed training begins at its step.
    position.step().assign(4)
    np.testing.assert_array_equal(next(iter(endless)), expected[4])
    position.step().assign(0)


@pytest.mark.slow
def test_a_training_resumes_in_the_middle_of_a_pass(shards, tmp_path):
    # Four batches a pass, epochs of three: the second begins in the middle of the first pass.
    dataset = data.from_records(f"{shards}/digits.tfrecord-*", parse, batch_size=16, seed=5, endless=True)

    def run(epochs, path, **options):
        vae = models.make()
        vae.compile(keras.optimizers.Adam(1e-2))
        backup = callbacks.BackupAndRestore(tmp_path / path, **options)
        vae.fit(dataset, epochs=epochs, steps_per_epoch=3, verbose=0, callbacks=[backup])
        return vae.get_weights()

    whole = run(3, "whole")
    run(2, "part", delete_checkpoint=False)
    position.step().assign(0)
    for one, other in zip(run(3, "part"), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not records, but text", r"damaged at byte 0. Write it again"),
        (b"", r"the same, positive number of examples"),
    ],
)
def test_files_that_are_no_records(tmp_path, content, message):
    (tmp_path / "bad.tfrecord").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        data.from_records(tmp_path / "bad.tfrecord", parse)


def test_a_truncated_file(shards, tmp_path):
    content = (shards / "digits.tfrecord-00000-of-00003").read_bytes()
    (tmp_path / "cut.tfrecord").write_bytes(content[:-10])
    with pytest.raises(ValueError, match=r"cut.tfrecord .* damaged at byte 1280"):
        data.from_records(tmp_path / "cut.tfrecord", parse)


def test_no_files(tmp_path):
    with pytest.raises(ValueError, match=r"Received: '.*nothing-\*', which match none"):
        data.from_records(f"{tmp_path}/nothing-*", parse)
