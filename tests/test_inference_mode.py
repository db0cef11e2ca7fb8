"""Whatever isn't a training step runs layers as in inference; a training step runs all of them as in training."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.tree import DecisionTreeClassifier

from tests.models import LATENT, SHAPE, digits, make, strategy
from tfvae import callbacks, data, evaluation, export, families, latent, networks, priors, terms

SEEN = []


@keras.saving.register_keras_serializable("tests")
class Spy(keras.layers.Layer):
    """Hands x on, and notes how it was called."""

    def __init__(self, place, **kwargs):
        super().__init__(**kwargs)
        self.place = place

    def call(self, x, training=None):
        SEEN.append((self.place, training))
        return x

    def get_config(self):
        return {**super().get_config(), "place": self.place}


def watched(conditional=False, **parts):
    """A model with a spy in each network."""
    extra = 10 if conditional else 0
    encoder = keras.Sequential(
        [
            keras.Input((8, 8, 1 + extra)),
            Spy("encoder"),
            keras.layers.Flatten(),
            keras.layers.Dense(8),
        ]
    )
    decoder = keras.Sequential([keras.Input((LATENT[0] + extra,)), Spy("decoder"), keras.layers.Dense(8)])
    if conditional:
        encoder, decoder = (networks.Conditional(network, num_classes=10) for network in (encoder, decoder))
    vae = make(encoder=encoder, decoder=decoder, **parts)
    vae.compile("sgd")
    vae.trained = True
    return vae


def told(conditional):
    return np.arange(6) % 10 if conditional else None


def batches(conditional):
    return data.from_array(X, told(conditional), batch_size=3)


def called(callback, vae):
    callback.set_model(vae)
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    callback.on_epoch_end(0, {})
    callback.on_train_end({})


X = digits()[:6]


def _x(condition):
    return X if condition is None else (X, condition)


USES = {
    "call": lambda vae, c, path: vae(_x(c)),
    "predict": lambda vae, c, path: vae.predict(batches(vae.conditional), verbose=0),
    "evaluate": lambda vae, c, path: vae.evaluate(batches(vae.conditional), verbose=0),
    "validation": lambda vae, c, path: vae.test_step((X, c)),
    "encode": lambda vae, c, path: vae.encode(X, c),
    "decode": lambda vae, c, path: vae.decode(np.zeros((6, 3)), c),
    "infer": lambda vae, c, path: vae.infer(X, c),
    "sample": lambda vae, c, path: vae.sample(6, c),
    "reconstruct": lambda vae, c, path: vae.reconstruct(X, c),
    "variations": lambda vae, c, path: vae.variations(X, 2, condition=c),
    "log_likelihood": lambda vae, c, path: evaluation.log_likelihood(vae, batches(vae.conditional), 3, verbose=0),
    "activity": lambda vae, c, path: evaluation.activity(vae, batches(vae.conditional)),
    "disentanglement": lambda vae, c, path: evaluation.disentanglement(
        vae,
        tf.data.Dataset.from_tensors((X if c is None else (X, c), np.array([*np.ndindex(2, 3)]))),
        classifier=DecisionTreeClassifier(),
        resamples=0,
    ),
    "traversal": lambda vae, c, path: latent.traversal(vae, np.zeros(3), condition=None if c is None else 3),
    "attribute_vector": lambda vae, c, path: latent.attribute_vector(vae, *[X if c is None else (X, c)] * 2),
    "fit_prior": lambda vae, c, path: latent.fit_prior(
        vae, X if c is None else (X, c), priors.Learned(families.Normal((3,))), terms.NegativeLogLikelihood(), verbose=0
    ),
    "fit_prior by EM": lambda vae, c, path: latent.fit_prior(
        vae, X if c is None else (X, c), priors.GaussianMixture((3,), 2), terms.NegativeLogLikelihood()
    ),
    "linear_probe": lambda vae, c, path: latent.linear_probe(
        vae, *[(X if c is None else (X, c), np.arange(6) % 2)] * 2
    ),
    "samples": lambda vae, c, path: called(callbacks.Samples(path, count=6, condition=c), vae),
    "reconstructions": lambda vae, c, path: called(callbacks.Reconstructions(X, path, condition=c), vae),
    "collapse": lambda vae, c, path: called(callbacks.CollapseWarning(batches(vae.conditional)), vae),
    "traversals": lambda vae, c, path: called(
        callbacks.Traversals(X[:1], path, condition=None if c is None else c[:1]), vae
    ),
}


@pytest.mark.parametrize("conditional", [False, True], ids=["plain", "conditional"])
@pytest.mark.parametrize("use", USES)
def test_what_is_no_training_runs_layers_as_in_inference(use, conditional, tmp_path):
    vae = watched(conditional)
    SEEN.clear()
    USES[use](vae, told(conditional), tmp_path)
    assert SEEN
    assert not [place for place, training in SEEN if training]


def test_a_prior_of_the_encoder_runs_it_as_in_inference_in_training_too():
    vae = watched(
        prior=priors.VampPrior(LATENT, SHAPE, 4),
        objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    )
    SEEN.clear()
    vae.sample(3)
    vae.prior_distribution()
    assert {training for _, training in SEEN} == {False}
    SEEN.clear()
    vae.infer(X, training=True)
    assert sorted(SEEN, key=str) == [("decoder", True), ("encoder", False), ("encoder", True)]


@pytest.mark.slow
def test_exports_run_layers_as_in_inference(tmp_path):
    vae = watched()
    SEEN.clear()
    export.saved_model(vae, tmp_path / "served")
    export.litert(vae, tmp_path / "decoder.tflite")
    assert {place for place, _ in SEEN} == {"encoder", "decoder"}
    assert not [place for place, training in SEEN if training]


TRAININGS = {
    "graph": {"jit_compile": False},
    "xla": {"jit_compile": True},
    "blocks": {"steps_per_execution": 2},
    "eager": {"run_eagerly": True},
    "replicas": {},
}


@pytest.mark.parametrize("way", TRAININGS)
def test_a_training_step_runs_all_layers_as_in_training(way):
    with strategy().scope() if way == "replicas" else contextlib.nullcontext():
        vae = watched()
        vae.compile("sgd", **TRAININGS[way])
    SEEN.clear()
    vae.fit(data.from_array(X, batch_size=2), verbose=0)
    assert set(SEEN) == {("encoder", True), ("decoder", True)}


def test_pieces_of_a_batch_run_as_in_training():
    vae = watched()
    SEEN.clear()
    vae.fit(tf.data.Dataset.from_tensors(np.repeat(X, 200, axis=0)), verbose=0)
    assert set(SEEN) == {("encoder", True), ("decoder", True)}
