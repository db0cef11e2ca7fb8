"""Flows: Jacobians by autodiff, inverses, constraints, and the laws that they make."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian, set_normal_head
from tfvae import evaluation, families, flows, networks, priors
from tfvae.families import positive
from tfvae.terms import KL, ImportanceWeighted, NegativeLogLikelihood

SIZE = 3


@pytest.fixture(autouse=True)
def _double(_fresh_state):
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


FLOWS = {
    "planar": lambda size: flows.Planar((size,)),
    "radial": lambda size: flows.Radial((size,)),
    "iaf": lambda size: flows.InverseAutoregressive((size,), units=(16, 8), context_size=4),
    "iaf, reversed": lambda size: flows.InverseAutoregressive((size,), units=(16,), reverse=True),
    "iaf, linear": lambda size: flows.InverseAutoregressive((size,), units=(), context_size=2),
    "maf": lambda size: flows.Inverted(flows.InverseAutoregressive((size,), units=(16,), context_size=4)),
}


def raw_numbers(flow, batch, spread=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return {
        name: tf.constant(spread * rng.normal(size=(*batch, *(shape or (1,)))))
        for name, shape in flow.head_shapes().items()
    }


def shaken(part, spread=0.5, seed=1):
    """Moves the part's own variables away from where they start, near the identity."""
    rng = np.random.default_rng(seed)
    for variable in part.trainable_variables:
        variable.assign(variable.numpy() + spread * rng.normal(size=variable.shape))
    return part


def made(name, batch, size=SIZE, spread=1.0):
    """Returns a flow and its parameters for a batch."""
    flow = shaken(FLOWS[name](size))
    return flow, flow.constrain(raw_numbers(flow, batch, spread))


def jacobian(function, z):
    """Returns function(z) and its Jacobian, [B, D, D], for z [B, D]."""
    with tf.GradientTape() as tape:
        tape.watch(z)
        image = function(z)
    return image, tape.batch_jacobian(image, z).numpy()


@pytest.mark.parametrize("name", FLOWS)
def test_log_det_is_that_of_the_jacobian(name):
    flow, parameters = made(name, (40,))
    z = tf.constant(2 * np.random.default_rng(2).normal(size=(40, SIZE)))
    _, matrix = jacobian(lambda z: flow.forward(z, **parameters)[0], z)
    sign, expected = np.linalg.slogdet(matrix)
    assert np.all(sign > 0)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(flow.forward(z, **parameters)[1], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", [name for name in FLOWS if name != "planar"])
def test_the_inverse_is_one(name):
    flow, parameters = made(name, (40,))
    assert flow.invertible
    z = tf.constant(2 * np.random.default_rng(2).normal(size=(40, SIZE)))
    image, log_det = flow.forward(z, **parameters)
    assert np.abs(image - z).max() > 0.1
    back, log_det_back = flow.inverse(image, **parameters)
    np.testing.assert_allclose(back, z, rtol=0, atol=1e-9)
    np.testing.assert_allclose(log_det_back, -log_det, rtol=0, atol=1e-9)
    # And its gradient, which estimators need, is the Jacobian's inverse.
    _, matrix = jacobian(lambda z: flow.forward(z, **parameters)[0], z)
    _, inverse = jacobian(lambda z: flow.inverse(z, **parameters)[0], image)
    np.testing.assert_allclose(inverse @ matrix, np.broadcast_to(np.eye(SIZE), matrix.shape), atol=1e-8)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("units", [(), (5,), (16, 7)])
def test_made_is_autoregressive(units, reverse):
    network = shaken(networks.MADE(4, outputs=2, units=units, context_size=3, reverse=reverse))
    rng = np.random.default_rng(0)
    context = tf.constant(rng.normal(size=(6, 3)))
    _, matrix = jacobian(lambda x: network(x, context), tf.constant(rng.normal(size=(6, 4))))
    # Of each output, [B, outputs, of which, by which].
    matrix = matrix.reshape(6, 2, 4, 4)
    before = np.tril(np.ones((4, 4)), -1)
    before = before[::-1, ::-1] if reverse else before
    assert np.all(matrix[..., before == 0] == 0)
    # And sees all that it may: without a hidden unit for every degree it can't.
    if units != (5,) and units:
        assert np.all(np.abs(matrix[..., before == 1]).max(axis=(0, 1)) > 1e-4)
    # Every output knows the context, the first one too.
    x = tf.constant(rng.normal(size=(6, 4)))
    _, matrix = jacobian(lambda context: network(x, context), context)
    assert np.all(np.abs(matrix).max(axis=(0, 2)) > 1e-4)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_jacobian_of_iaf_is_triangular(size):
    for name in ("iaf", "iaf, reversed", "iaf, linear", "maf"):
        flow, parameters = made(name, (6,), size)
        z = tf.constant(np.random.default_rng(2).normal(size=(6, size)))
        _, matrix = jacobian(lambda z, flow=flow, p=parameters: flow.forward(z, **p)[0], z)
        above = np.triu(np.ones((size, size)), 1)
        above = above.T if name == "iaf, reversed" else above
        np.testing.assert_array_equal(matrix[:, above == 1], 0)
        if size > 1:
            assert np.abs(matrix[:, above.T == 1]).max() > 1e-3


@pytest.mark.parametrize("spread", [1e-12, 1e-3, 1.0, 30.0, 1e3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_numbers_of_a_head_break_the_constraints(spread, dtype):
    planar, radial = (cls((SIZE,), dtype=dtype) for cls in (flows.Planar, flows.Radial))
    z = tf.cast(np.random.default_rng(2).normal(size=(2000, SIZE)), dtype)
    for flow in (planar, radial):
        raw = {name: tf.cast(value, dtype) for name, value in raw_numbers(flow, (2000,), spread).items()}
        with tf.GradientTape() as tape:
            tape.watch(raw)
            parameters = flow.constrain(raw)
            image, log_det = flow.forward(z, **parameters)
            loss = tf.reduce_sum(log_det) + tf.reduce_sum(image)
        for value in (image, log_det, *tape.gradient(loss, raw).values()):
            assert np.isfinite(value).all()
        if flow is radial:
            assert np.all((parameters["alpha"] > 0) & (parameters["gamma"] > 0))
        else:
            assert np.all(parameters["slack"] > 0)
            exact = np.sum(parameters["u"].numpy().astype("float64") * parameters["w"].numpy(), axis=-1)
            # u was rounded after it was chosen: w^T u is known to the digits of its summands.
            size = np.sum(np.abs(parameters["u"] * parameters["w"]), axis=-1) + np.sum(np.abs(raw["u"] * raw["w"]), -1)
            assert np.all(exact >= -1 - 8 * np.finfo(dtype).eps * size)
            np.testing.assert_array_less(
                np.abs(exact + 1 - parameters["slack"][:, 0]), 8 * np.finfo(dtype).eps * (1 + size)
            )


def test_the_planar_constraint_bends_only_what_would_fold():
    flow = flows.Planar((2,))
    raw = {"w": tf.constant([[1.0, 2.0]] * 2), "u": tf.constant([[0.5, 0.3], [-3.0, 0.4]]), "b": tf.zeros([2, 1])}
    raw = {name: tf.cast(value, "float64") for name, value in raw.items()}
    parameters = flow.constrain(raw)
    np.testing.assert_array_equal(parameters["u"][0], raw["u"][0])
    product = np.sum(raw["u"][1] * raw["w"][1])
    assert product < -2
    np.testing.assert_allclose(1 + np.sum(parameters["u"][1] * raw["w"][1]), 1 / (1 - product), rtol=1e-12)
    # Only along w.
    change = (parameters["u"] - raw["u"])[1].numpy()
    assert abs(change @ np.array([2.0, -1.0])) < 1e-12 < change @ np.array([1.0, 2.0])


# As laws.


def chain(*names, size=2, base=None):
    return families.Transformed(base or families.Normal((size,)), [FLOWS[name](size) for name in names])


def law(family, batch=1, spread=1.0, seed=3):
    """Returns the family's law for random numbers of a head, its own variables shaken."""
    shaken(family)
    raw = {}
    rng = np.random.default_rng(seed)
    for name, shape in family.head_shapes().items():
        raw[name] = tf.constant(spread * rng.normal(size=(batch, *(shape or (1,)))))
    return family.build_distribution(**family.constrain(raw))


CHAINS = {
    "radial": ("radial", "radial"),
    "iaf": ("iaf", "iaf, reversed"),
    "maf": ("maf",),
    "all": ("radial", "iaf", "maf"),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_density_integrates_to_one_and_draws_have_it(name):
    q = law(chain(*CHAINS[name]))
    z, log_q = q.experimental_sample_and_log_prob(4000, seed=[1, 2])
    np.testing.assert_allclose(q.log_prob(z), log_q, rtol=0, atol=1e-7)
    np.testing.assert_array_equal(q.sample(4000, seed=[1, 2]), z)
    centre, spread = z.numpy().mean(axis=(0, 1)), z.numpy().std(axis=(0, 1))
    # The trapezoid rule on a smooth law that is 0 at the edge: errors far below 1e-3.
    axes = [np.linspace(c - 14 * s, c + 14 * s, 801) for c, s in zip(centre, spread, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 1, 2)
    density = np.exp(q.log_prob(points)).reshape(801, 801)
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    assert np.sum(density) * cell == pytest.approx(1.0, abs=1e-3)
    # Draws fall into the four quadrants around their mean as the density says.
    for first in (False, True):
        for second in (False, True):
            side = [(axis > c) == above for axis, c, above in zip(axes, centre, (first, second), strict=True)]
            expected = np.sum(density * side[0][:, None] * side[1][None, :]) * cell
            inside = ((z.numpy()[:, 0] > centre) == (first, second)).all(axis=-1)
            # A grid line's width on either side.
            edge = np.max(density.sum(axis=0)) * cell + np.max(density.sum(axis=1)) * cell
            assert_mean(inside, expected, beyond=edge)


@pytest.mark.parametrize("names", [("planar",), ("planar",) * 3, ("planar", "radial", "planar", "iaf")])
def test_the_densities_of_planar_draws_are_those_of_a_law(names):
    # E_q[p(z) / q(z)] = 1 for any p that q covers.
    q = law(chain(*names), spread=1.5, seed=4)
    z, log_q = q.experimental_sample_and_log_prob(50_000, seed=[1, 2])
    # Jacobians that matter: without them, or with their sign lost, this is another law.
    assert np.std(q._forward(q._base.sample(1000, seed=[1, 2]))[1]) > 0.2
    z, log_q = z.numpy()[:, 0], log_q.numpy()[:, 0]
    loc, scale = np.median(z, axis=0), 0.5 * z.std(axis=0)
    log_p = np.sum(-0.5 * ((z - loc) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi)), axis=-1)
    assert np.std(log_p - log_q) > 0.1
    assert_mean(np.exp(log_p - log_q), 1.0)


def test_a_mean_is_the_image_of_the_bases_mean():
    family = chain("planar", "iaf")
    q = law(family, batch=5)
    expected = q._base.mean()
    for flow, parameters in q._steps:
        expected = flow.forward(expected, **parameters)[0]
    np.testing.assert_array_equal(q.mean(), expected)
    with pytest.raises(NotImplementedError):
        q.stddev()


def test_a_law_without_an_inverse_says_so():
    family = chain("radial", "planar")
    assert not family.density_anywhere
    assert chain("radial", "iaf", "maf").density_anywhere
    assert not families.Joint([families.Normal((2,)), family]).density_anywhere
    q = law(family)
    with pytest.raises(NotImplementedError, match=r"own draws only: Planar.*experimental_sample_and_log_prob.*Inverse"):
        q.log_prob(np.zeros([1, 2]))
    with pytest.raises(NotImplementedError, match="no inverse"):
        flows.Planar((2,)).inverse(tf.zeros([1, 2]))
    with pytest.raises(TypeError, match=r"Radial is not called.*`forward`"):
        flows.Radial((2,))(tf.zeros([1, 2]))


def test_stopped_parameters_stop_the_weights_of_a_made_too():
    family = chain("iaf", "maf", "radial")
    features = tf.constant(np.random.default_rng(0).normal(size=(4, 6)))
    family.distribution(features)
    z = tf.Variable(np.random.default_rng(1).normal(size=(4, 2)))
    for stop in (True, False):
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(family.distribution(features, stop_parameters=stop).log_prob(z))
        *gradients, path = tape.gradient(value, [*family.trainable_variables, z])
        assert len(gradients) > 8
        assert np.all(path != 0)
        assert all((gradient is None) == stop for gradient in gradients)


def test_xla_compiles_the_inverse_and_its_gradient():
    family = chain("iaf")
    features = tf.constant(np.random.default_rng(0).normal(size=(4, 6)))
    family.distribution(features)
    points = tf.constant(np.random.default_rng(1).normal(size=(3, 4, 2)))

    def value_and_gradients(z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            log_prob = family.distribution(features).log_prob(z)
        return [log_prob, *tape.gradient(log_prob, [z, *family.trainable_variables])]

    expected = value_and_gradients(points)
    compiled = tf.function(value_and_gradients, jit_compile=True)(points)
    # And a graph that knows no sizes.
    unknown = tf.function(value_and_gradients, input_signature=[tf.TensorSpec([None, None, 2], "float64")])(points)
    for plain, *others in zip(expected, compiled, unknown, strict=True):
        for other in others:
            np.testing.assert_allclose(other, plain, rtol=0, atol=1e-9 * np.abs(plain).max())


def test_a_joint_of_flows_is_its_pieces():
    pieces = [chain("planar", "iaf"), families.Normal((3,))]
    joint = families.Joint(pieces)
    q = joint.distribution(np.random.default_rng(0).normal(size=(5, 6)))
    z, log_q = q.experimental_sample_and_log_prob(2, seed=[1, 2])
    assert z.shape == (2, 5, 5)
    assert log_q.shape == (2, 5)


# Against what is known exactly.


def exact(model, posterior):
    """Returns a VAE whose posterior, a linear IAF step on N(loc(x), 1), is the exact one: z = L (L^-1 mu(x) + e)."""
    vae = model.vae([ImportanceWeighted(1)], posterior=posterior)
    (flow,) = posterior.flows
    tril = np.linalg.cholesky(np.linalg.inv(model.precision))
    values = {weight.path.split("/")[-1]: weight for weight in flow.weights}
    shift = np.tril(tril, -1).T
    values["kernel_0"].assign(np.concatenate([shift, np.zeros_like(shift)], axis=1))
    raw = positive.inverse(tf.constant(np.diag(tril)), flow.min_scale)
    values["bias_0"].assign(np.concatenate([np.zeros(len(tril)), raw]))
    kernel = np.linalg.solve(model.precision, model.weight.T / model.sigma**2).T
    kernel = np.linalg.solve(tril, kernel.T).T
    set_normal_head(posterior, kernel, -model.bias @ kernel)
    return vae


def linear_iaf():
    return families.Transformed(
        families.Normal((3,), scale=1.0), [flows.InverseAutoregressive((3,), units=(), min_scale=1e-6)]
    )


def test_one_linear_iaf_step_reaches_log_p_where_mean_field_stays_its_gap_below():
    model = LinearGaussian.random(orthogonal=False)
    vae = exact(model, linear_iaf())
    x = model.sample(4)
    weights = vae.infer(x, num_samples=5, seed=0).log_weight.numpy()
    np.testing.assert_allclose(weights, np.broadcast_to(model.log_marginal(x), weights.shape), rtol=0, atol=1e-10)
    # And with the density of a foreign point: p(z|x) itself.
    z = np.random.default_rng(0).normal(size=(7, 4, 3))
    q = vae.encode(x)
    log_joint = vae.decode(z).log_prob(x) + vae.prior_distribution().log_prob(z)
    np.testing.assert_allclose(q.log_prob(z), log_joint - model.log_marginal(x), rtol=0, atol=1e-9)
    # The best factorised posterior stays below: `test_full_covariance_...` has its gap, which is not 0.
    gap = 0.5 * (np.sum(np.log(np.diag(model.precision))) - np.linalg.slogdet(model.precision)[1])
    assert gap > 0.2
    factorised = model.vae([NegativeLogLikelihood(), KL()])
    weights = factorised.infer(x, num_samples=20_000, seed=0).log_weight.numpy()
    assert_mean((weights - model.log_marginal(x)).mean(axis=1), -gap)


def test_the_estimate_of_the_likelihood_takes_a_flow_as_it_is():
    model = LinearGaussian.random(orthogonal=False)
    vae = exact(model, linear_iaf())
    vae.trained = True
    x = model.sample(6)
    result = evaluation.log_likelihood(vae, tf.data.Dataset.from_tensors(x), num_samples=3, verbose=0)
    np.testing.assert_allclose(result.per_example, model.log_marginal(x), rtol=0, atol=1e-9)


@pytest.mark.slow
def test_fit_finds_the_linear_iaf_step(record_property):
    model = LinearGaussian.random(orthogonal=False)
    x = model.sample(500)
    posterior = linear_iaf()
    vae = model.vae([NegativeLogLikelihood(), KL(monte_carlo=True)], posterior=posterior)
    vae.likelihood.trainable = False
    rate = keras.optimizers.schedules.CosineDecay(0.03, 2000, alpha=1e-3)
    vae.compile(keras.optimizers.Adam(rate), steps_per_execution=100)
    vae.fit(tf.data.Dataset.from_tensors(x).repeat(2000), epochs=1, verbose=0)
    weights = vae.infer(x, num_samples=200, seed=0).log_weight.numpy().mean(axis=0)
    below = (model.log_marginal(x) - weights).mean()
    record_property("nats_below_log_p", below)
    assert below == pytest.approx(0.0, abs=0.01)


# As a prior.


def autoregressive_prior(size=2):
    flow = flows.Inverted(flows.InverseAutoregressive((size,), units=(16,)))
    return priors.Learned(families.Transformed(families.Normal((size,)), [flow]))


def test_a_learned_prior_is_its_families_law():
    prior = shaken(autoregressive_prior(), spread=0.7)
    p = prior.distribution()
    assert p.batch_shape == ()
    axis = np.linspace(-25, 25, 1001)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    density = np.exp(p.log_prob(points))
    assert np.sum(density) * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=1e-3)
    # Not that of independent dimensions.
    cell = axis[1] - axis[0]
    apart = density.sum(axis=1, keepdims=True) * density.sum(axis=0, keepdims=True) * cell**2
    assert np.abs(apart - density).max() > 0.05 * density.max()
    # And draws, which go the other way through the flow, follow it.
    draws = prior.sample(4000, seed=tf.constant([1, 2])).numpy()
    for dimension in range(2):
        marginal = density.sum(axis=1 - dimension) * cell**2
        assert_mean(draws[:, dimension], np.sum(axis * marginal), beyond=1e-3)
        assert_mean(np.tanh(draws[:, dimension]), np.sum(np.tanh(axis) * marginal), beyond=1e-3)
    product = np.tanh(axis)[:, None] * np.tanh(axis)[None, :]
    assert_mean(np.tanh(draws).prod(axis=1), np.sum(product * density) * cell**2, beyond=1e-3)


def test_a_learned_prior_starts_near_the_standard_one():
    prior = autoregressive_prior(4)
    z = np.random.default_rng(0).normal(size=(100, 4))
    difference = prior.distribution().log_prob(z) - priors.StandardNormal((4,)).distribution().log_prob(z)
    assert np.abs(difference).max() < 0.5


def test_the_density_of_the_prior_takes_one_pass():
    prior = autoregressive_prior()
    density = tf.function(lambda z: prior.distribution().log_prob(z))
    graph = density.get_concrete_function(tf.TensorSpec([5, 2], "float64"))
    operations = {node.op for node in graph.graph.as_graph_def().node}
    assert "MatMul" in operations
    assert not {name for name in operations if "While" in name}


def test_what_the_kl_says_of_a_flow():
    for posterior, prior in (
        (chain("iaf", size=3), priors.StandardNormal((3,))),
        (families.Normal((3,)), autoregressive_prior(3)),
    ):
        with pytest.raises(ValueError, match=r"No closed form.*monte_carlo=True"):
            LinearGaussian.random().vae([KL()], posterior=posterior, prior=prior)
