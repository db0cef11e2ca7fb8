"""A few labels and many images, planted clusters that are found again, capacities that are reached."""

import keras
import numpy as np
import pytest
import sklearn.linear_model
import sklearn.neural_network
import sklearn.svm

from tfvae import data, evaluation, families, latent, networks, priors, recipes

pytestmark = pytest.mark.slow


def test_a_hundred_labels_and_the_other_images_halve_the_error_of_the_labels_alone(record_property):
    """M1+M2 on grey pixels, against the best of three classifiers of the 100."""
    (images, labels), (test, expected) = (data.digits(split) for split in ("train", "test"))
    some = data.hide_labels(labels, 100, seed=1)
    known = some >= 0
    flat = [x.reshape(len(x), -1) / 255.0 for x in (images[known], test)]
    classifiers = (
        sklearn.neural_network.MLPClassifier((512, 256), max_iter=500, random_state=0),
        sklearn.linear_model.LogisticRegression(max_iter=2000),
        sklearn.svm.SVC(C=10.0),
    )
    alone = max(classifier.fit(flat[0], labels[known]).score(flat[1], expected) for classifier in classifiers)

    keras.utils.set_random_seed(0)
    grey = {"likelihood": families.Normal((8, 8, 1), scale=0.2), "preprocessing": data.Rescale()}
    vae = recipes.stacked_semi_supervised_vae((8, 8, 1), 4, lower_size=10, seed=0, **grey)
    vae.compile(keras.optimizers.Adam(2e-3))
    vae.fit(images, some, batch_size=128, epochs=60, verbose=0)
    found = np.argmax(latent.class_probabilities(vae, test), axis=1)
    record_property("alone", alone)
    record_property("semi_supervised", float(np.mean(found == expected)))
    assert alone > 0.9
    assert 1 - np.mean(found == expected) <= (1 - alone) / 2


def planted(count=1000):
    """Four clusters in two dimensions, bent into 16, and the cluster of each example."""
    rng = np.random.default_rng(0)
    which = rng.integers(4, size=count)
    centres = 2.4 * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    scales = np.array([[0.3, 1.0], [1.0, 0.3], [0.5, 0.5], [0.8, 0.3]])
    z = centres[which] + rng.normal(size=(count, 2)) * scales[which]
    x = np.tanh(0.3 * z @ rng.normal(size=(2, 16))) + 0.05 * rng.normal(size=(count, 16))
    return x.astype("float32"), which


def fitted(make, x, epochs, **options):
    keras.utils.set_random_seed(0)
    parts = {"likelihood": families.Normal((16,), scale=0.1), "preprocessing": None, "seed": 0}
    vae = make((16,), 2, **(parts | options))
    vae.compile(keras.optimizers.Adam(3e-3))
    vae.fit(x, batch_size=100, epochs=epochs, verbose=0)
    return vae


def accuracy(vae, x, which):
    found = np.argmax(latent.class_probabilities(vae, x, num_samples=10), axis=1)
    return evaluation.clustering_accuracy(which, found)


def test_planted_clusters_are_found_again(record_property):
    x, which = planted()
    small = {"encoder": networks.mlp_encoder((16,), (64,)), "decoder": networks.mlp_decoder((2,), (64,))}
    vae = fitted(recipes.vae, x, 30, **small)
    objective = recipes.vade((16,), 2, components=4).objective
    vade = latent.fit_prior(vae, x, priors.GaussianMixture((2,), 4), objective)
    vade.compile(keras.optimizers.Adam(2e-3))
    vade.fit(x, batch_size=100, epochs=30, verbose=0)
    gmvae = fitted(recipes.gmvae, x, 60, components=4, noise_size=2)
    found = {"vade": accuracy(vade, x, which), "gmvae": accuracy(gmvae, x, which)}
    for name, share in found.items():
        record_property(name, share)
        assert share >= 0.97, name


def test_each_piece_reaches_its_capacity(record_property):
    x, _ = planted()
    joint = fitted(recipes.joint_vae, x, 40, num_classes=4, capacities=(2.5, 1.0))
    found = joint.evaluate(x, batch_size=len(x), verbose=0, return_dict=True)
    for number in (0, 1):
        # |KL - C| of all data: a step of Adam is what is left.
        record_property(f"away_from_{number}", found[f"kl_piece_{number}"])
        assert found[f"kl_piece_{number}"] < 0.1
