"""Latents that are codes, trained: each kind keeps the digits, and uses its codes."""

import keras
import numpy as np
import pytest

from tests import suites
from tfvae import data, evaluation, recipes

# Of each recipe the squared error of held-out digits, as a share of their variance, that it stays below, and the
# perplexity of the codes that it stays above; of one code for all digits they are 1 and 1.
EXPECTED = {
    "vq_vae": (0.08, 150),
    "rq_vae": (0.03, 60),
    "fsq_vae": (0.08, 150),
    "lfq_vae": (0.16, 60),
}


@pytest.mark.parametrize("name", suites.chosen(EXPECTED, slow=("vq_vae", "fsq_vae")))
def test_the_recipe_keeps_the_digits_and_uses_its_codes(name, record_property):
    keras.utils.set_random_seed(0)
    vae = getattr(recipes, name)((8, 8, 1), seed=0)
    vae.compile(keras.optimizers.Adam(1e-3))
    train, test = (data.digits(split)[0] for split in ("train", "test"))
    vae.fit(data.from_array(train, batch_size=64, shuffle=True, seed=0), epochs=30, verbose=0)
    missed = np.mean((vae.reconstruct(test) - test / 255) ** 2) / np.var(test / 255, axis=0).mean()
    usage = evaluation.code_usage(vae, data.from_array(test))
    record_property("missed_variance", float(missed))
    record_property("perplexity", usage.perplexity.tolist())
    # What is decoded is the codes alone.
    law = vae.encode(test[:50])
    np.testing.assert_allclose(vae.posterior.embed(law.indices), law.mean(), rtol=1e-6)
    error, perplexity = EXPECTED[name]
    assert missed < error
    assert usage.perplexity.min() > perplexity
    assert np.allclose([counts.sum() for counts in usage.counts], len(test) * 16)
