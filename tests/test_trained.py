"""A model that was not trained says so, once, where its answers would be taken for a trained one's."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfvae
from tests.models import LATENT, digits, make, strategy
from tfvae import VAE, callbacks, data, evaluation, export, families, latent, priors, terms

DATASET = data.from_array(digits(), batch_size=12)


def said(use):
    """Returns how often a use warns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use()
    return len([w for w in caught if "untrained" in str(w.message)])


def trained(vae=None):
    vae = vae or make()
    vae.compile("sgd")
    vae.fit(DATASET, verbose=0)
    return vae


USES = {
    "sample": lambda vae, path: vae.sample(2),
    "reconstruct": lambda vae, path: vae.reconstruct(digits()[:2]),
    "variations": lambda vae, path: vae.variations(digits()[:2], 2),
    "log_likelihood": lambda vae, path: evaluation.log_likelihood(vae, DATASET, num_samples=2, verbose=0),
    "activity": lambda vae, path: evaluation.activity(vae, DATASET),
    "traversal": lambda vae, path: latent.traversal(vae, np.zeros(LATENT)),
    "fit_prior": lambda vae, path: latent.fit_prior(
        vae, digits(), priors.GaussianMixture(LATENT, 2), terms.NegativeLogLikelihood()
    ),
    "attribute_vector": lambda vae, path: latent.attribute_vector(vae, digits()[:2], digits()[2:4]),
    "saved_model": lambda vae, path: export.saved_model(vae, path / "served"),
    "litert": lambda vae, path: vae.export(path / "decoder.tflite", format="litert"),
}


@pytest.mark.parametrize("name", USES)
def test_a_use_of_an_untrained_model_warns_once(name, tmp_path):
    vae = make()
    with pytest.warns(
        UserWarning, match=r"untrained: .* noise. Train it with `fit`, or load .*tfvae\.load_model"
    ) as caught:
        USES[name](vae, tmp_path)
    if name != "litert":  # through a method of its own
        (warning,) = (w for w in caught if "untrained" in str(w.message))
        assert warning.filename == __file__  # the line that used it
    assert said(lambda: USES[name](vae, tmp_path)) == 0
    assert said(lambda: make().sample(1)) == 1  # once for each model


def test_training_measuring_and_the_parts_of_a_model_are_no_such_use():
    def use():
        vae = make()
        vae.compile()
        vae.evaluate(digits(), verbose=0)
        vae.predict(digits(), verbose=0)
        vae.encode(digits())
        vae.decode(np.zeros([1, *LATENT]))
        vae.infer(digits())
        vae.summary(print_fn=lambda text: None)

    assert said(use) == 0


def test_a_train_step_makes_it_trained_and_another_optimizer_leaves_it_so():
    vae = trained()
    vae.compile("adam")
    assert vae.trained
    assert said(lambda: vae.sample(1)) == 0


def test_a_step_that_was_skipped_is_none():
    vae = make(likelihood=families.Normal((8, 8, 1), scale=1.0), preprocessing=None)
    vae.compile("sgd")
    vae.fit(np.full([4, 8, 8, 1], 1e30, "float32"), verbose=0)
    assert not vae.trained


def test_files_know(tmp_path):
    """A new model that was saved and loaded is as untrained as before."""
    for number, (make_it, known) in enumerate(((make, False), (trained, True))):
        path = tmp_path / f"{number}.keras"
        make_it().save(path)
        make_it().save_weights(tmp_path / f"{number}.weights.h5")
        for load in (keras.saving.load_model, tfvae.load_model):
            assert load(path).trained is known
        other = make()
        other.load_weights(tmp_path / f"{number}.weights.h5")
        assert other.trained is known
    # Not compiled, there is no optimizer to ask.
    assert tfvae.load_model(path, compile=False).trained


def test_weights_that_are_set_and_a_state_that_is_restored(tmp_path):
    vae = make()
    vae.set_weights(trained().get_weights())
    assert said(lambda: vae.sample(1)) == 0
    backup = callbacks.BackupAndRestore(tmp_path / "b", delete_checkpoint=False)
    vae = make()
    vae.compile("sgd")
    vae.fit(DATASET, verbose=0, callbacks=[backup])
    resumed = make()
    resumed.compile("sgd")
    resumed.fit(DATASET, epochs=1, verbose=0, callbacks=[backup])  # nothing is left to do
    assert int(resumed.optimizer.iterations) == 3
    assert said(lambda: resumed.sample(1)) == 0


def test_parts_that_were_trained_elsewhere():
    source = trained()
    parts = (source.encoder, source.posterior, source.prior, source.decoder, source.likelihood, source.objective)
    vae = VAE(*parts, preprocessing=data.Binarize())
    vae.trained = True
    assert said(lambda: vae.sample(1)) == 0


def test_a_graph_is_silent_and_leaves_the_warning_for_later():
    vae = make()
    assert said(lambda: tf.function(lambda: vae.sample(1, seed=0))()) == 0
    assert said(lambda: vae.sample(1)) == 1


def test_pictures_of_a_training_are_silent(tmp_path):
    def use():
        vae = make()
        vae.compile("sgd")
        shown = [callbacks.Samples(tmp_path, count=4), callbacks.Reconstructions(digits()[:2], tmp_path)]
        vae.fit(DATASET, verbose=0, callbacks=[*shown, callbacks.CollapseWarning(DATASET, threshold=0.0)])

    assert said(use) == 0


def test_replicas():
    with strategy().scope():
        vae = make()
        assert not vae.trained
        assert trained(vae).trained
    assert said(lambda: vae.sample(1)) == 0
