"""Images and their labels, of which either is found from the other."""

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tfvae import VAE, data, families, networks, priors, recipes
from tfvae.terms import KL, ModalityLikelihoods

pytestmark = pytest.mark.slow

SHAPE, LATENT = (8, 8, 1), (8,)


def pairs(split):
    images, labels = data.digits(split)
    return {"image": (images / 255).astype("float32"), "label": np.eye(10, dtype="float32")[labels]}


def flat(images):
    return np.asarray(images).reshape(len(images), -1)


def coherence(vae, record_property):
    """How often a label is found from an unseen image, and an image of a label is taken for its digit, and those."""
    # From images that it has never seen, p(label|z) at the mean of q(z|image).
    held_out = [data.digits(split) for split in ("validation", "test")]
    images, labels = (np.concatenate(each) for each in zip(*held_out, strict=True))
    told = np.asarray(vae.predict({"image": images}, verbose=0)["label"])
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-5)
    right = np.mean(told.argmax(axis=1) == labels)

    # From labels, images that a classifier of real ones takes for the same digit.
    judge = LogisticRegression(max_iter=2000).fit(flat(pairs("train")["image"]), data.digits("train")[1])
    assert judge.score(flat(images / 255), labels) > 0.95
    asked = np.repeat(np.arange(10), 50)
    drawn = vae.reconstruct({"label": np.eye(10)[asked]}, seed=1)["image"]
    judged = np.mean(judge.predict(flat(drawn)) == asked)

    # From an image its label, and from that label an image of the same digit.
    again = vae.reconstruct({"label": np.eye(10)[told.argmax(axis=1)]}, seed=2)["image"]
    around = np.mean(judge.predict(flat(again)) == labels)
    figures = {"label_from_image": right, "image_from_label": judged, "image_label_image": around}
    for name, value in figures.items():
        record_property(name, value)
    print(figures, "chance 0.1")
    return right, judged, drawn


def test_each_of_image_and_label_is_found_from_the_other(record_property):
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.ModalityEncoders(
            {"image": networks.mlp_encoder(SHAPE, (256,)), "label": networks.mlp_encoder((10,), (64,))}
        ),
        posterior=families.ProductOfExperts({name: families.Normal(LATENT) for name in ("image", "label")}),
        prior=priors.StandardNormal(LATENT),
        decoder=networks.ModalityDecoders(
            {"image": networks.mlp_decoder(LATENT, (256,)), "label": networks.mlp_decoder(LATENT, (64,))}
        ),
        likelihood=families.Modalities(
            {"image": families.Normal(SHAPE, scale="shared"), "label": families.OneHot((10,))}
        ),
        objective=[ModalityLikelihoods({"label": 10.0}), KL()],
        preprocessing=data.PerModality({"image": data.Rescale()}),
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(1e-3))
    train = data.from_array(pairs("train"), batch_size=100).map(data.with_each_alone)
    history = vae.fit(train, epochs=200, verbose=0).history
    assert sum(history["skipped_steps"]) == 0

    right, judged, drawn = coherence(vae, record_property)
    # 360 images, 500 draws: standard errors of 0.012.
    assert right >= 0.9
    assert judged >= 0.85
    # And images of one label differ: q(z|label) is no point.
    assert np.std(np.asarray(drawn).reshape(10, 50, -1), axis=1).mean() > 0.05


def test_a_mixture_of_experts_is_coherent(record_property):
    """The recipe as it is: of unseen images and of labels, each finds the other in 9 of 10."""
    keras.utils.set_random_seed(0)
    vae = recipes.mmvae(SHAPE, 16, seed=0)
    vae.compile(keras.optimizers.Adam(1e-3))
    vae.fit(data.from_array(pairs("train"), batch_size=128), epochs=50, verbose=0)
    right, judged, drawn = coherence(vae, record_property)
    # 0.98 and 1.00 where it was written; 360 images, 500 draws: standard errors of 0.01.
    assert right >= 0.94
    assert judged >= 0.94
    assert np.std(np.asarray(drawn).reshape(10, 50, -1), axis=1).mean() > 0.03
