"""A conditional VAE draws the digit that it was asked for, by the word of a classifier that never saw a model."""

import keras
import numpy as np
import pytest
import sklearn.svm

from tfvae import data, recipes

pytestmark = pytest.mark.slow


def test_a_classifier_reads_the_digit_that_was_asked_for(record_property):
    (train, labels), (test, expected) = (data.digits(split) for split in ("train", "test"))
    # Digits of 0..255 as intensities, flat.
    flat = [images.reshape(-1, 64) / 255.0 for images in (train, test)]
    classifier = sklearn.svm.SVC(C=10.0, gamma="scale").fit(flat[0], labels)
    accuracy = classifier.score(flat[1], expected)
    assert accuracy >= 0.97

    keras.utils.set_random_seed(0)
    model = recipes.conditional_vae((8, 8, 1), 8, seed=0)
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(data.load("digits", "train", batch_size=64, labels=True)[0], epochs=80, verbose=0)
    count = 200
    asked = np.repeat(np.arange(10), count)
    samples = model.sample(len(asked), condition=asked, seed=0).numpy().reshape(-1, 64)
    share = (classifier.predict(samples) == asked).reshape(10, count).mean(axis=1)
    record_property("accuracy", float(accuracy))
    record_property("share_of_each_label", share.tolist())
    assert share.min() >= 0.9
    # Not one digit of each label, again and again.
    assert samples.reshape(10, count, 64).std(axis=1).mean() > 0.02
