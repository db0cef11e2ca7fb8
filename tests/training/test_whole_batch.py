"""A term that compares examples sees those of all replicas: its value and gradient are those of the joined batch."""

import inspect
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, GivenDraws, RegularNoise, digits, make, regular_noise, strategy
from tfvae import families, networks, terms
from tfvae.devices import replicas
from tfvae.inference import Inference
from tfvae.training import gradients

# Terms whose value for an example depends on the others of its batch: computed alike however replicas share it.
COUPLING = {
    "free bits": lambda: terms.KL(free_bits=0.6),
    "capacity": lambda: terms.KL(capacity=2.0),
    "unbiased MMD": lambda: terms.MMD(weight=3.0),
    "MMD of two draws": lambda: terms.MMD(kernel=terms.kernels.RBF(1.5), unbiased=False, num_samples=2),
    "sliced Wasserstein": lambda: terms.SlicedWasserstein(num_projections=5, num_samples=2),
    "Sinkhorn": lambda: terms.Sinkhorn(weight=2.0, num_samples=2),
    "total correlation": lambda: terms.TotalCorrelation(networks.mlp_critic(LATENT, (4,))),
    "total correlation, stratified": lambda: terms.BatchTotalCorrelation(100, num_samples=2),
    "total correlation, weighted": lambda: terms.BatchTotalCorrelation(),
    "mutual information": lambda: terms.MutualInformation(100),
    "KL of each dimension": lambda: terms.DimensionwiseKL(num_samples=2),
    "covariance of the means": lambda: terms.Covariance(2.0, 3.0),
    "covariance of the draws": lambda: terms.Covariance(of_draws=True),
    "information of labels": lambda: terms.LabelInformation(networks.mlp_critic((2 + 3 + 3,), (4,)), (2, 2, 2)),
    "draws moved in a metric": lambda: terms.Hamiltonian(
        terms.ImportanceWeighted(2), LATENT, 1, metric=terms.geometry.CentroidMetric(networks.mlp_encoder(SHAPE, (4,)))
    ),
    "one for each network": lambda: terms.PerNetwork(terms.MMD(unbiased=False), terms.KL(free_bits=0.6)),
}

# Likewise, beside a posterior of signs.
COUPLING_OF_SIGNS = {"entropy of codes": lambda: terms.CodeEntropy(group_size=2)}


COUNT = 8
SPLITS = [(4, 4), (3, 5), (0, 8)]


def shared(parts, split):
    """Arrays [COUNT, ...], or None, in two replicas' parts."""
    begin = (0, split[0])

    def part(number):
        return tuple(
            None if value is None else tf.constant(value[begin[number] : begin[number] + split[number]])
            for value in parts
        )

    return [part(number) for number in (0, 1)]


def run(function, arguments):
    """What `function` returns on each replica, for the arguments of each."""
    columns = [
        strategy().experimental_distribute_values_from_function(
            lambda context, column=column: column[context.replica_id_in_sync_group]
        )
        for column in zip(*arguments, strict=True)
    ]
    results = tf.function(lambda: strategy().run(function, args=columns), autograph=False)()
    flat = [strategy().experimental_local_results(value) for value in tf.nest.flatten(results)]
    return [tf.nest.pack_sequence_as(results, [value[number] for value in flat]) for number in (0, 1)]


def an_inference(size):
    weights = tf.ones([size], tf.float64)
    return Inference(None, (), None, 1, weights, None)


@pytest.mark.parametrize("split", SPLITS)
def test_the_rows_of_all_replicas_are_joined_in_order_and_get_the_gradient_of_all(split):
    rng = np.random.default_rng(0)
    values, wishes = rng.normal(size=(COUNT, 2, 3)), rng.normal(size=(2, COUNT, 2, 3))

    def ask(values, wish):
        inference = an_inference(tf.shape(values)[0])
        with tf.GradientTape() as tape:
            tape.watch(values)
            whole = inference.whole_batch(values)
            share = tf.reduce_sum(wish[0] * whole**2)
        return whole, inference.rows, tape.gradient(share, values)

    parts = [(part, tf.constant(wishes[number][None])) for number, (part,) in enumerate(shared((values,), split))]
    found = run(ask, parts)
    for number, (whole, rows, gradient) in enumerate(found):
        np.testing.assert_array_equal(whole, values)
        np.testing.assert_array_equal(rows, np.arange(split[number]) + number * split[0])
        np.testing.assert_allclose(gradient, (2 * wishes.sum(axis=0) * values)[rows.numpy()], rtol=1e-12)


def test_of_one_replica_the_whole_is_the_tensor_itself():
    inference, values = an_inference(3), tf.ones([3, 2])
    assert inference.whole_batch(values) is values
    np.testing.assert_array_equal(inference.rows, [0, 1, 2])


def model(table):
    """A model of all terms of a table, in float64, whose draws don't depend on where an example stands."""
    keras.config.set_dtype_policy("float64")
    posterior = families.LookupFreeQuantized if table is COUPLING_OF_SIGNS else RegularNoise
    return make(
        posterior=posterior(LATENT),
        prior=GivenDraws(LATENT),
        objective=[terms.NegativeLogLikelihood(), *(build() for build in table.values())],
    )


def learn(vae, x, condition, sample_weight):
    """This replica's shares of the means, and its gradients."""
    x, condition, sample_weight = replicas.at_least_one(x, condition, sample_weight)
    weights, count = replicas.example_weights(tf.shape(x)[0], sample_weight, vae.float_dtype)
    with tf.GradientTape(persistent=True) as tape:
        inference = vae.infer_weighted(x, condition, weights, count, vae.num_samples, [1, 2], training=True)
        shares = vae.shares(inference)
        followed = vae._loss.followed(inference, shares, vae._loss.factors(tape, shares, vae))
    return shares.means | shares.critics, gradients.of(tape, followed, vae)


# Two replicas' graph of all terms takes half a minute; what joins and weighs is the same for the one beside signs.
@pytest.mark.parametrize(
    ("table", "split", "weighted"),
    [
        pytest.param(COUPLING_OF_SIGNS, (8, 0), False, id="signs, empty"),
        pytest.param(COUPLING_OF_SIGNS, (3, 5), True, id="signs, uneven, weighted"),
        pytest.param(COUPLING, (3, 5), True, id="densities, uneven, weighted", marks=pytest.mark.slow),
        pytest.param(COUPLING, (8, 0), False, id="densities, empty", marks=pytest.mark.slow),
    ],
)
def test_terms_that_couple_examples_are_those_of_one_replica(table, split, weighted):
    x = digits()[:COUNT]
    condition = np.random.default_rng(1).normal(size=(COUNT, *LATENT)).astype("float32")
    weights = np.array([1.0, 0.0, 2.0, 0.5, 3.0, 1.0, 0.0, 0.25]) if weighted else None
    one = model(table)
    with strategy().scope():
        two = model(table)
    two.set_weights(one.get_weights())
    assert all(term.couples_examples for term in one.objective[1:])
    parts = [part if weighted else part[:2] for part in shared((x, condition, weights), split)]
    with regular_noise():  # for what a term draws of the batch itself
        means, expected = learn(one, x, condition, weights)
        first, second = run(lambda x, c, w=None: learn(two, x, c, w), parts)
    assert len(means) == 1 + len(table) + sum(term.critic is not None for term in one.objective)
    for metric, mean in means.items():
        np.testing.assert_allclose(first[0][metric] + second[0][metric], mean, rtol=1e-10, err_msg=metric)
    for mine, theirs, gradient in zip(first[1], second[1], expected, strict=True):
        np.testing.assert_allclose(mine + theirs, gradient, rtol=1e-9, atol=1e-11)


def test_every_term_that_couples_examples_is_tried():
    kinds = {type(make()) for make in (COUPLING | COUPLING_OF_SIGNS).values()}
    # Subsets of modalities couple what the terms within couple.
    others = (terms.Term, terms.OnSubsets)
    every = [term for term in vars(terms).values() if inspect.isclass(term) and term not in others]
    # Those of which every object says so, and those that say so by their arguments.
    by_arguments = {term for term in every if "self.couples_examples = " in inspect.getsource(term)}
    assert kinds == by_arguments | {term for term in every if getattr(term, "couples_examples", False)}


@pytest.mark.parametrize("draws", [1, 3])
def test_noise_of_terms_differs_between_terms_steps_and_replicas(draws):
    vaes = []
    for scope in (None, strategy().scope()):
        with scope or mock.MagicMock():
            vaes.append(make(objective=[terms.NegativeLogLikelihood(num_samples=draws), terms.MMD(), terms.MMD()]))
    one, two = vaes
    inference = one.infer(digits(), seed=3)
    first, second = one.objective[1:]
    seeds = [inference.seed(term).numpy() for term in (first, second, first)]
    assert not np.array_equal(seeds[0], seeds[1])
    np.testing.assert_array_equal(seeds[0], seeds[2])
    assert float(inference.share(first.value(inference))) != float(inference.share(second.value(inference)))

    found = [value.numpy() for _ in range(2) for value in run_seeds(two)]
    assert len(np.unique(found, axis=0)) == 4


def run_seeds(vae):
    def seed():
        return vae.infer(digits()[:2]).seed(vae.objective[1])

    return strategy().experimental_local_results(tf.function(lambda: strategy().run(seed), autograph=False)())


def test_a_model_without_such_a_term_has_nothing_of_it():
    vae = make()
    vae.compile("sgd")
    with mock.patch.object(replicas, "place") as place, mock.patch.object(replicas, "join") as join:
        with mock.patch.object(Inference, "seed") as seed:
            vae.fit(digits(), batch_size=12, verbose=0)
    assert not place.called
    assert not join.called
    assert not seed.called
