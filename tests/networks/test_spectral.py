"""Networks whose kernels are held at a spectral norm of 1."""

import keras
import numpy as np
import pytest

from tests import suites
from tests.models import LATENT, SHAPE, digits, make
from tfvae import networks
from tfvae.networks import spectral


@pytest.mark.parametrize("shape", [(5, 7), (7, 5), (3, 3, 4, 6), (1, 1), (64, 64)])
def test_a_large_kernel_is_divided_by_its_largest_singular_value(shape):
    kernel = np.random.default_rng(0).normal(size=shape).astype("float32") * 3
    largest = np.linalg.svd(kernel.reshape(-1, shape[-1]), compute_uv=False)[0]
    if largest > 1:
        np.testing.assert_allclose(spectral.contraction(kernel), kernel / largest, rtol=0.02)
    small = kernel / (1.5 * largest)
    np.testing.assert_array_equal(spectral.contraction(small), small)
    assert not np.any(spectral.contraction(np.zeros_like(kernel)))


@pytest.mark.parametrize("conv", suites.quick([False, True], keep=[True], slow=()))
def test_training_keeps_every_kernel_of_the_network_within(conv, tmp_path):
    plain = networks.conv_decoder(LATENT, SHAPE[:2], (8, 4)) if conv else networks.mlp_decoder(LATENT, (16, 16))
    vae = make(decoder=networks.SpectrallyNormalized(plain), conv=conv)

    def norms(model):
        kernels = [v.numpy() for v in model.decoder.trainable_variables if len(v.shape) > 1]
        return [np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0] for kernel in kernels]

    assert max(norms(vae)) < 1.02
    vae.compile(keras.optimizers.Adam(0.03))
    vae.fit(digits(), batch_size=12, epochs=5, verbose=0)
    assert len(norms(vae)) == (3 if conv else 2)
    assert max(norms(vae)) < 1.02
    vae.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(norms(loaded), norms(vae))
    loaded.compile(keras.optimizers.Adam(0.3))
    loaded.fit(digits(), batch_size=12, epochs=2, verbose=0)
    assert max(norms(loaded)) < 1.02
    unbound = make(conv=conv)
    unbound.compile(keras.optimizers.Adam(0.3))
    unbound.fit(digits(), batch_size=12, epochs=2, verbose=0)
    assert max(norms(unbound)) > 1.5


def test_a_dense_network_enlarges_no_distance():
    network = networks.SpectrallyNormalized(networks.mlp_decoder((6,), (32, 32, 8)))
    one, other = np.random.default_rng(0).normal(size=(2, 100, 6)).astype("float32") * 5
    apart = np.linalg.norm(network(one) - network(other), axis=1)
    # Each layer to within the power iteration's error.
    assert np.all(apart <= 1.02**3 * np.linalg.norm(one - other, axis=1))
    assert apart.max() > 0


def test_it_is_told_the_condition_of_its_network():
    inner = networks.Conditional(networks.mlp_decoder((3 + 10,), (16,)), num_classes=10)
    network = networks.SpectrallyNormalized(inner)
    assert (network.condition_shape, network.num_classes) == (inner.condition_shape, 10)
    z = np.ones((2, 3), "float32")
    first, second = network(z, np.array([1, 2])).numpy()
    assert not np.array_equal(first, second)
