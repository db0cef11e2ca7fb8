"""The autoregressive prior of codes: a law that sums to 1, learns what was planted, and draws what it says."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfvae
from tests.models import SHAPE, digits, make
from tfvae import VAE, data, families, latent, priors, terms

RECONSTRUCT = [terms.NegativeLogLikelihood()]


def scattered(prior, scale=0.5):
    """The prior with weights that are no start."""
    rng = np.random.default_rng(0)
    for variable in prior.trainable_variables:
        variable.assign(variable + scale * rng.normal(size=variable.shape))
    return prior


def small(event_shape=(3, 2), book_sizes=(3,)):
    return scattered(priors.Autoregressive(event_shape, book_sizes, units=8, heads=2, dtype="float64"))


def every(prior):
    """All numbers of codes that there are, [N, *indices_shape]."""
    places = int(np.prod(prior.event_shape[:-1]))
    rows = list(itertools.product(*(range(size) for size in prior.book_sizes * places)))
    return np.array(rows, "int32").reshape(-1, *prior.indices_shape)


def probabilities(prior, temperature=1.0):
    """p(k) of each of `every`, each conditional, which sums over what follows, to the power of 1 / temperature."""
    p = np.exp(prior.distribution().log_prob(every(prior)).numpy())
    table = p.reshape(prior.book_sizes * int(np.prod(prior.event_shape[:-1])))
    tempered = np.ones_like(table)
    for place in range(table.ndim):
        marginal = table.sum(axis=tuple(range(place + 1, table.ndim)), keepdims=True)
        conditional = (marginal / marginal.sum(axis=place, keepdims=True)) ** (1 / temperature)
        tempered = tempered * conditional / conditional.sum(axis=place, keepdims=True)
    return tempered.reshape(-1)


def chi_squared(drawn, prior, p):
    """How many of its standard deviations chi squared is above its mean; rare sequences are counted together."""
    names = {tuple(row): number for number, row in enumerate(every(prior).reshape(len(p), -1))}
    counts = np.bincount([names[tuple(row)] for row in np.reshape(drawn, (len(drawn), -1))], minlength=len(p))
    expected, rare = len(drawn) * p, len(drawn) * p < 10
    counts, expected = (np.append(each[~rare], each[rare].sum()) for each in (counts, expected))
    counts, expected = counts[expected > 0], expected[expected > 0]
    return (np.sum((counts - expected) ** 2 / expected) - (len(counts) - 1)) / np.sqrt(2 * (len(counts) - 1))


SHAPES = {
    "a list": ((4, 2), (3,)),
    "a map": ((2, 2, 3), (3,)),
    "one code": ((2,), (5,)),
    "two books": ((2, 2), (3, 2)),
    "a map of two books": ((1, 2, 2), (2, 3)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_it_sums_to_1_over_all_sequences(name):
    prior = small(*SHAPES[name])
    p = np.exp(prior.distribution().log_prob(every(prior)))
    np.testing.assert_allclose(p.sum(), 1.0, rtol=1e-9)
    assert p.max() / p.min() > 2  # and is not uniform
    assert prior.distribution().event_shape == prior.indices_shape


def test_each_code_of_each_book_is_read_as_itself():
    prior = small((2, 2), (3, 2))
    with tf.GradientTape() as tape:
        # Not a sum over all sequences alike, of which each code has the same part.
        value = tf.reduce_sum(prior.log_prob(every(prior)) ** 2)
    gradient = tf.convert_to_tensor(tape.gradient(value, prior._embedding)).numpy()
    assert np.all(np.abs(gradient).max(axis=1) > 1e-6)


def test_it_begins_near_the_uniform_law():
    prior = priors.Autoregressive((7, 7, 16), (64,))
    indices = np.random.default_rng(0).integers(0, 64, (5, 7, 7), "int32")
    np.testing.assert_allclose(prior.distribution().log_prob(indices), -49 * np.log(64), rtol=0.01)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_are_of_the_law_whose_conditionals_are_tempered(name, temperature):
    prior = small(*SHAPES[name])
    drawn = prior.sample(4000, tf.constant([3, 4]), temperature).numpy()
    assert drawn.shape == (4000, *prior.indices_shape)
    assert abs(chi_squared(drawn, prior, probabilities(prior, temperature))) < 4


def test_at_temperature_0_each_code_is_the_most_probable_given_those_before_it():
    prior = small((2, 2), (3, 2))
    p, best = probabilities(prior).reshape(3, 2, 3, 2), ()
    for _ in range(4):
        best += (int(p[best].sum(axis=tuple(range(1, p[best].ndim))).argmax()),)
    drawn = prior.sample(5, tf.constant([0, 1]), 0.0).numpy()
    np.testing.assert_array_equal(drawn.reshape(5, 4), [best] * 5)


def test_draws_are_alike_in_a_graph_and_in_xla():
    prior = small()
    eager = prior.sample(6, tf.constant([1, 2]))
    for compiler in (False, True):
        traced = tf.function(lambda seed: prior.sample(6, seed), jit_compile=compiler)(tf.constant([1, 2]))
        assert traced.shape == eager.shape
        if not compiler:  # XLA has noise of its own
            np.testing.assert_array_equal(traced, eager)


def of_signs(places, prior, **parts):
    """A model whose codes are x: each place of x is two signs."""
    shape = (places, 2)
    same = keras.Sequential([keras.Input(shape), keras.layers.Activation("linear")])
    vae = VAE(
        encoder=same,
        posterior=families.LookupFreeQuantized(shape),
        prior=prior,
        decoder=keras.Sequential([keras.Input(shape), keras.layers.Activation("linear")]),
        likelihood=families.Normal(shape, scale=1.0),
        objective=RECONSTRUCT,
        seed=0,
        **parts,
    )
    for family in (vae.posterior, vae.likelihood):
        family.head.set_weights([np.eye(2), np.zeros(2)])
    vae.trained = True
    return vae


TRANSITIONS = np.array([[0.1, 0.7, 0.1, 0.1], [0.05, 0.05, 0.85, 0.05], [0.2, 0.1, 0.1, 0.6], [0.7, 0.1, 0.1, 0.1]])
FIRST = np.array([0.4, 0.3, 0.2, 0.1])


def chain(count, places, seed):
    """Draws of a Markov chain, [count, places]."""
    rng = np.random.default_rng(seed)
    states = [rng.choice(4, count, p=FIRST)]
    for _ in range(places - 1):
        states.append((rng.random(count)[:, None] > TRANSITIONS[states[-1]].cumsum(axis=1)).sum(axis=1))
    return np.stack(states, axis=1)


def chain_log_prob(states):
    steps = TRANSITIONS[states[:, :-1], states[:, 1:]]
    return np.log(FIRST[states[:, 0]]) + np.log(steps).sum(axis=1)


def chain_entropy(places):
    """In closed form: of the first state, and of each step given the state that it leaves."""
    marginal, entropy = FIRST, -np.sum(FIRST * np.log(FIRST))
    for _ in range(places - 1):
        entropy -= np.sum(marginal[:, None] * TRANSITIONS * np.log(TRANSITIONS))
        marginal = marginal @ TRANSITIONS
    return entropy


def signs(states):
    """x of states: their two bits as signs, as `LookupFreeQuantized` numbers them."""
    return (2.0 * np.stack([states % 2, states // 2], axis=-1) - 1).astype("float32")


@pytest.mark.slow
def test_a_planted_markov_chain_is_learned_to_its_entropy():
    places = 6
    vae = of_signs(places, priors.StandardNormal((places, 2)))
    prior = priors.Autoregressive((places, 2), (4,), units=16, layers=1, heads=2)
    rate = keras.optimizers.schedules.CosineDecay(0.01, 480)
    fitted = latent.fit_prior(
        vae,
        signs(chain(4000, places, 0)),
        prior,
        optimizer=keras.optimizers.Adam(rate),
        epochs=30,
        batch_size=250,
        verbose=0,
    )
    held_out = chain(4000, places, 1)
    indices = fitted.encode(signs(held_out)).indices
    np.testing.assert_array_equal(indices, held_out)
    log_p = fitted.prior.distribution().log_prob(indices).numpy()
    # The mean log p of the chain itself is minus its entropy, to its standard error; a law that knew each place alone
    # would lose what a place tells of the next.
    error = log_p.std() / np.sqrt(len(log_p))
    assert abs(np.mean(chain_log_prob(held_out)) + chain_entropy(places)) < 4 * error
    lost = chain_log_prob(held_out) - log_p
    assert -4 * lost.std() / np.sqrt(len(lost)) < lost.mean() < 0.03
    assert abs(log_p.mean() + chain_entropy(places)) < 4 * error + 0.03
    alone = [np.bincount(column, minlength=4) / len(held_out) for column in held_out.T]
    assert -sum(np.sum(p * np.log(p)) for p in alone) - chain_entropy(places) > 1.0
    # And what is drawn steps as the chain does.
    z = fitted.sample_prior(4000, seed=0).numpy()
    drawn = fitted.posterior.to_indices(z).numpy()
    for state in range(4):
        after = drawn[:, 1:][drawn[:, :-1] == state]
        share = np.bincount(after, minlength=4) / len(after)
        error = np.sqrt(TRANSITIONS[state] * (1 - TRANSITIONS[state]) / len(after))
        assert np.all(np.abs(share - TRANSITIONS[state]) < 4 * error + 0.02)


QUANTISED = {
    "book": lambda: families.VectorQuantized((2, 3), 6),
    "books": lambda: families.ResidualQuantized((2, 3), 4, 3),
    "books, of one": lambda: families.ResidualQuantized((2, 3), 4, 1),
    "map": lambda: families.VectorQuantized((2, 2, 3), 6),
    "grid": lambda: families.FiniteScalarQuantized((2, 3), (4, 3, 2)),
    "signs": lambda: families.LookupFreeQuantized((2, 3)),
}


def quantised(posterior, **parts):
    """A model of digits with codes, and an autoregressive prior of them."""
    shape = posterior.event_shape
    given = {
        "encoder": keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(8)]),
        "posterior": posterior,
        "prior": scattered(priors.Autoregressive(shape, posterior.book_sizes, units=8, layers=1, heads=2), 0.2),
        "decoder": keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(8)]),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": RECONSTRUCT,
        "preprocessing": data.Rescale(),
    }
    vae = make(**(given | parts))
    vae.trained = True
    return vae


@pytest.mark.parametrize("name", QUANTISED)
def test_z_is_looked_up_in_the_posteriors_book(name):
    vae = quantised(QUANTISED[name]())
    drawn = vae.prior.sample(7, tfvae.random.as_seed(5, None))
    z = vae.sample_prior(7, seed=5)
    assert z.shape == (7, *vae.posterior.event_shape)
    np.testing.assert_array_equal(z, vae.posterior.embed(tf.reshape(drawn, [7, *vae.posterior.indices_shape])))
    law = vae.prior_distribution()
    assert law.event_shape == vae.posterior.event_shape
    assert law.sample(3, seed=[0, 1]).shape == (3, *vae.posterior.event_shape)
    with pytest.raises(NotImplementedError, match=r"log_prob\(vae\.encode\(x\)\.indices\)"):
        law.log_prob(z)
    # And the term is -log p of the codes of x, in nats.
    indices = vae.encode(digits()).indices
    assert indices.shape[1:] == vae.posterior.indices_shape
    expected = vae.prior.log_prob(tf.reshape(indices, [-1, *vae.prior.indices_shape]))
    inference = vae.infer(digits(), num_samples=2, seed=0)
    np.testing.assert_allclose(terms.CrossEntropy(num_samples=2).value(inference), -expected, rtol=1e-5)


def test_with_the_rest_it_learns_and_teaches_the_encoder_nothing():
    vae = quantised(QUANTISED["books"](), objective=[terms.NegativeLogLikelihood(), terms.CrossEntropy()])
    with tf.GradientTape() as tape:
        value = terms.CrossEntropy().value(vae.infer(digits(), seed=0))
    found = tape.gradient(value, vae.trainable_variables)
    moved = {id(v) for v, gradient in zip(vae.trainable_variables, found, strict=True) if gradient is not None}
    assert moved == {id(variable) for variable in vae.prior.trainable_variables}


def test_files_and_a_second_model_have_their_own(tmp_path):
    vae = quantised(QUANTISED["books"]())
    vae.compile("adam")
    vae.save(tmp_path / "codes.keras")
    loaded = tfvae.load_model(tmp_path / "codes.keras")
    np.testing.assert_array_equal(loaded.sample(5, seed=3), vae.sample(5, seed=3))
    other = vae.with_prior(priors.StandardNormal((2, 3))).with_prior(vae.prior)
    np.testing.assert_array_equal(other.sample(5, seed=3), vae.sample(5, seed=3))


def test_nothing_but_the_prior_is_fitted():
    vae = quantised(QUANTISED["book"]())
    before = [variable.numpy() for variable in vae.variables]
    prior = priors.Autoregressive((2, 3), (6,), units=8, layers=1, heads=2)
    fitted = latent.fit_prior(vae, digits(), prior, epochs=2, batch_size=12, verbose=0)
    for old, new in zip(before, vae.variables, strict=True):
        np.testing.assert_array_equal(old, new)
    for name in ("encoder", "posterior", "decoder", "likelihood"):
        pairs = zip(getattr(vae, name).variables, getattr(fitted, name).variables, strict=True)
        assert all(np.array_equal(old, new) for old, new in pairs), name
    indices = fitted.encode(digits()).indices
    nats = [each.distribution().log_prob(indices).numpy().mean() for each in (prior, fitted.prior)]
    assert nats[1] > nats[0]
