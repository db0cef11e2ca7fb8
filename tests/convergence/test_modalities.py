"""Images and their labels, of which either is found from the other."""

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tfvae import VAE, data, families, networks, priors
from tfvae.terms import KL, ModalityLikelihoods

pytestmark = pytest.mark.slow

SHAPE, LATENT = (8, 8, 1), (8,)


def pairs(split):
    images, labels = data.digits(split)
    return {"image": (images / 255).astype("float32"), "label": np.eye(10, dtype="float32")[labels]}


def flat(images):
    return np.asarray(images).reshape(len(images), -1)


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

    # From images that it has never seen, p(label|z) at the mean of q(z|image).
    held_out = [data.digits(split) for split in ("validation", "test")]
    images, labels = (np.concatenate(each) for each in zip(*held_out, strict=True))
    told = np.asarray(vae.predict({"image": images}, verbose=0)["label"])
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-5)
    right = np.mean(told.argmax(axis=1) == labels)

    # From labels, images that a classifier of real ones takes for the same digit.
    judge = LogisticRegression(max_iter=2000).fit(flat(pairs("train")["image"]), data.digits("train")[1])
    asked = np.repeat(np.arange(10), 50)
    drawn = vae.reconstruct({"label": np.eye(10)[asked]}, seed=1)["image"]
    judged = np.mean(judge.predict(flat(drawn)) == asked)

    record_property("label_from_image", right)
    record_property("image_from_label", judged)
    print(f"label from image {right:.3f}, image from label {judged:.3f}, chance 0.1")
    assert judge.score(flat(images / 255), labels) > 0.95
    # 360 images, 500 draws: standard errors of 0.012.
    assert right >= 0.9
    assert judged >= 0.85
    # And images of one label differ: q(z|label) is no point.
    assert np.std(np.asarray(drawn).reshape(10, 50, -1), axis=1).mean() > 0.05
