"""Laws on manifolds: densities by quadrature, SciPy and importance sampling; draws, their laws and their gradients."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, special, stats

from tfvae import families, manifolds, priors
from tfvae.families import poincare

SPHERICAL = (families.PowerSpherical, families.VonMisesFisher)


def spherical(kind, size, concentration, dtype="float64", axis=None):
    """One law on S^(size-1), about a direction that is no axis, or about that one."""
    direction = np.arange(1.0, size + 1) * (-1) ** np.arange(size) if axis is None else np.eye(size)[axis]
    direction = (direction / np.linalg.norm(direction)).astype(dtype)
    family = kind((size,), dtype=dtype)
    return family.build_distribution(mean_direction=direction, concentration=np.array([concentration], dtype))


def ball(loc, scale, curvature=-1.0, dtype="float64"):
    family = families.WrappedNormal((len(loc),), curvature, dtype=dtype)
    return family.build_distribution(loc=np.array(loc, dtype), scale=np.array(scale, dtype))


def area(size):
    """That of S^(size-1)."""
    return 2 * np.pi ** (size / 2) / special.gamma(size / 2)


def on_circle(count):
    angles = 2 * np.pi * (np.arange(count) + 0.5) / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1), 2 * np.pi / count


@pytest.mark.parametrize("kind", SPHERICAL)
@pytest.mark.parametrize("concentration", [0.3, 4.0, 60.0])
def test_a_density_on_a_circle_integrates_to_1(kind, concentration):
    x, each = on_circle(20_000)
    log_prob = spherical(kind, 2, concentration).log_prob(x)
    np.testing.assert_allclose(np.sum(np.exp(log_prob)) * each, 1.0, rtol=1e-6)


@pytest.mark.parametrize("kind", SPHERICAL)
@pytest.mark.parametrize("concentration", [0.3, 4.0, 60.0])
def test_a_density_on_a_sphere_integrates_to_1(kind, concentration):
    # Of angle and height: the area of a zone of a sphere is that of a cylinder (Archimedes).
    height, weight = np.polynomial.legendre.leggauss(200)
    circle, each = on_circle(400)
    flat = np.sqrt(1 - height**2)[:, None, None] * circle
    x = np.concatenate([flat, np.broadcast_to(height[:, None, None], (200, 400, 1))], axis=-1)
    density = np.exp(spherical(kind, 3, concentration).log_prob(x))
    np.testing.assert_allclose(np.sum(weight[:, None] * density) * each, 1.0, rtol=1e-6)


@pytest.mark.parametrize("kind", SPHERICAL)
def test_densities_in_many_dimensions_integrate_to_1(kind):
    """By uniform draws, to four standard errors."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200_000, 6))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    values = np.exp(spherical(kind, 6, 3.0).log_prob(x)) * area(6)
    assert abs(values.mean() - 1) < 4 * values.std() / np.sqrt(len(values))


@pytest.mark.parametrize("size", [2, 3, 5, 17, 65])
@pytest.mark.parametrize("concentration", [0.5, 30.0, 2000.0])
def test_von_mises_fisher_is_scipys(size, concentration):
    law = spherical(families.VonMisesFisher, size, concentration)
    x = np.random.default_rng(0).normal(size=(5, size))
    x = 0.2 * x / np.linalg.norm(x, axis=-1, keepdims=True) + law.mean_direction.numpy()
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    expected = stats.vonmises_fisher(law.mean_direction.numpy(), concentration).logpdf(x)
    np.testing.assert_allclose(law.log_prob(x), expected, rtol=1e-9, atol=1e-9)
    narrow = spherical(families.VonMisesFisher, size, concentration, "float32")
    np.testing.assert_allclose(narrow.log_prob(x.astype("float32")), expected, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("size", [2, 5])
def test_slopes_of_von_mises_fisher_in_a_compiled_step_are_moments(size):
    """Of log p in k: <m, x> - E<m, x> and -Var<m, x>; of the KL from the uniform: k Var<m, x>."""
    k = np.array([0.1, 2.0, 50.0, 3000.0])
    length = special.ive(size / 2, k) / special.ive(size / 2 - 1, k)
    variance = 1 - (size - 1) / k * length - length**2

    family = families.VonMisesFisher((size,), dtype="float64")
    uniform = priors.HypersphericalUniform((size,), dtype="float64").distribution()

    def slopes(k):
        # Persistent, as a train step's: such a tape keeps what happened in each round of a loop.
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(k)
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(k)
                law = family.build_distribution(
                    mean_direction=tf.one_hot([0] * 4, size, dtype="float64"), concentration=k[:, None]
                )
                log_prob = law.log_prob(tf.one_hot(0, size, dtype="float64"))
                kl = law.kl_divergence(uniform)
            first = tape.gradient(log_prob, k)
        return first, outer.gradient(first, k), tape.gradient(kl, k)

    first, second, of_kl = tf.function(slopes, jit_compile=True)(tf.constant(k))
    np.testing.assert_allclose(first, 1 - length, rtol=1e-9)
    np.testing.assert_allclose(second, -variance, rtol=1e-6)
    np.testing.assert_allclose(of_kl, k * variance, rtol=1e-6)


def test_a_von_mises_fisher_on_a_circle_is_von_mises():
    angles = np.linspace(-3, 3, 7)
    x = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    law = spherical(families.VonMisesFisher, 2, 1.7, axis=0)
    np.testing.assert_allclose(law.log_prob(x), stats.vonmises(1.7).logpdf(angles), rtol=1e-12)


def test_a_power_spherical_is_its_formula():
    law, k, size = spherical(families.PowerSpherical, 4, 2.5), 2.5, 4
    b = (size - 1) / 2
    log_c = (2 * b + k) * np.log(2) + b * np.log(np.pi) + special.gammaln(b + k) - special.gammaln(2 * b + k)
    x = np.array([[0.5, 0.5, -0.5, 0.5], [0.0, 0.0, 1.0, 0.0]])
    expected = k * np.log1p(x @ law.mean_direction.numpy()) - log_c
    np.testing.assert_allclose(law.log_prob(x), expected, rtol=1e-12)


@pytest.mark.parametrize("kind", SPHERICAL)
@pytest.mark.parametrize(("size", "concentration"), [(2, 1.5), (3, 20.0), (9, 5.0), (33, 4000.0)])
def test_the_kl_from_the_uniform_is_that_by_quadrature(kind, size, concentration):
    """And so is its gradient in float32, where the terms of either cancel."""

    def by_quadrature(concentration):
        law = spherical(kind, size, concentration, axis=0)

        def density(angle):
            x = np.concatenate([np.cos(angle)[:, None], np.sin(angle)[:, None], np.zeros([len(angle), size - 2])], 1)
            return law.log_prob(x).numpy(), area(size - 1) * np.sin(angle) ** (size - 2)

        angle = np.linspace(0, np.pi, 20_001)
        log_prob, zone = density(angle)
        log_prob = np.maximum(log_prob, -700)
        values = np.exp(log_prob) * (log_prob + np.log(area(size))) * zone
        return integrate.simpson(values, x=angle)

    uniform = priors.HypersphericalUniform((size,), dtype="float64").distribution()
    kl = spherical(kind, size, concentration).kl_divergence(uniform)
    np.testing.assert_allclose(kl, by_quadrature(concentration), rtol=1e-7)
    step = 1e-3 * concentration
    slope = (by_quadrature(concentration + step) - by_quadrature(concentration - step)) / (2 * step)
    narrow = priors.HypersphericalUniform((size,)).distribution()
    family, k = kind((size,)), tf.constant([concentration])
    with tf.GradientTape() as tape:
        tape.watch(k)
        law = family.build_distribution(mean_direction=tf.one_hot(0, size), concentration=k)
        value = law.kl_divergence(narrow)
    np.testing.assert_allclose(value, kl, rtol=1e-5)
    np.testing.assert_allclose(tape.gradient(value, k)[0], slope, rtol=1e-4)


def test_the_uniform_is_uniform_on_a_torus():
    law = priors.HypersphericalUniform((3, 2)).distribution()
    z = law.sample(5, seed=[0, 1])
    np.testing.assert_allclose(law.log_prob(z), -3 * np.log(2 * np.pi), rtol=1e-6)
    np.testing.assert_allclose(tf.norm(z, axis=-1), 1, rtol=1e-6)


@pytest.mark.parametrize("kind", SPHERICAL)
@pytest.mark.parametrize(
    ("size", "concentration"), [(2, 0.05), (2, 8.0), (3, 1.0), (5, 9000.0), (16, 16.0), (128, 300.0)]
)
def test_draws_are_of_the_law_and_on_the_sphere(kind, size, concentration):
    law = spherical(kind, size, concentration, "float32")
    z = law.sample(5_000, seed=[0, 1]).numpy()
    np.testing.assert_allclose(np.linalg.norm(z, axis=-1), 1, atol=1e-6)
    direction = law.mean_direction.numpy().astype("float64")
    # In float64 the chord's digits last, also for a narrow law.
    height = 1 - np.sum((z - direction) ** 2, axis=-1) / 2
    if kind is families.PowerSpherical:
        b = (size - 1) / 2
        assert stats.kstest((1 + height) / 2, stats.beta(b + concentration, b).cdf).pvalue > 1e-3
    else:
        angle = np.linspace(0, np.pi, 400_001)
        log_density = concentration * (np.cos(angle) - 1) + (size - 2) * np.log(np.maximum(np.sin(angle), 1e-300))
        density = np.exp(log_density - log_density.max())
        cumulated = integrate.cumulative_trapezoid(density, angle, initial=0)
        found = np.arccos(np.clip(height, -1, 1))
        assert stats.kstest(np.interp(found, angle, cumulated / cumulated[-1]), "uniform").pvalue > 1e-3
    # About the direction they prefer none.
    aside = z - np.sum(z * direction, axis=-1, keepdims=True) * direction
    assert np.all(np.abs(aside.mean(axis=0)) < 5 * aside.std(axis=0) / np.sqrt(len(z)) + 1e-7)


@pytest.mark.parametrize("kind", SPHERICAL)
@pytest.mark.parametrize("size", [2, 3, 6])
def test_the_gradient_of_draws_is_that_of_their_expectation(kind, size):
    """Of E[<a, z>] and E[<a, z>^2], in the concentration and in the direction, by the exact derivatives."""
    family, count, k = kind((size,), dtype="float64"), 10_000, 3.0
    a = np.linspace(0.5, -1.0, size)
    raw = tf.constant(np.linspace(-0.3, 0.8, size))
    concentration = tf.constant([k], tf.float64)

    def law(raw, concentration):
        return family.build_distribution(mean_direction=tf.math.l2_normalize(raw, axis=-1), concentration=concentration)

    def moments(raw, k):
        """E[<a, z>] and E[<a, z>^2] by E[cos] and E[cos^2] of the angle."""
        angle = np.linspace(0, np.pi, 20_001)
        if kind is families.PowerSpherical:
            density = (1 + np.cos(angle)) ** k * np.sin(angle) ** (size - 2)
        else:
            density = np.exp(k * np.cos(angle)) * np.sin(angle) ** (size - 2)
        density /= np.trapezoid(density, angle)
        first, second = (np.trapezoid(density * np.cos(angle) ** power, angle) for power in (1, 2))
        along = a @ raw / np.linalg.norm(raw)
        return np.array([first * along, second * along**2 + (1 - second) * (a @ a - along**2) / (size - 1)])

    # A sum over draws has a gradient for each, if each has parameters of its own.
    many_raw, many_k = tf.repeat(raw[None], count, 0), tf.repeat(concentration[None], count, 0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([many_raw, many_k])
        along = tf.linalg.matvec(law(many_raw, many_k).sample(seed=[2, 3]), a)
        values = [along, along**2]
    step = 1e-4
    for number, value in enumerate(values):
        by_raw, by_k = (each.numpy() for each in tape.gradient(value, [many_raw, many_k]))
        expected = (moments(raw.numpy(), k + step) - moments(raw.numpy(), k - step))[number] / (2 * step)
        assert abs(by_k.mean() - expected) < 4 * by_k.std() / np.sqrt(count)
        for place in range(size):
            shift = step * np.eye(size)[place]
            expected = (moments(raw.numpy() + shift, k) - moments(raw.numpy() - shift, k))[number] / (2 * step)
            found = by_raw[:, place]
            assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(count) + 1e-9


@pytest.mark.parametrize("kind", SPHERICAL)
def test_the_gradient_of_an_angle_is_the_implicit_one(kind):
    """Of each draw: by finite differences in the concentration of the draw of one seed, also far out."""
    family, direction = kind((4,), dtype="float64"), tf.constant(np.tile([0.0, 1.0, 0.0, 0.0], (500, 1)))

    def height(k):
        law = family.build_distribution(mean_direction=direction, concentration=k[:, None])
        return law.sample(seed=[0, 1])[:, 1]

    k = tf.constant(np.geomspace(0.01, 5000, 500))
    with tf.GradientTape() as tape:
        tape.watch(k)
        found = height(k)
    slope = (height(k * 1.0001) - height(k * 0.9999)) / (0.0002 * k)
    np.testing.assert_allclose(tape.gradient(found, k), slope, rtol=2e-4, atol=1e-9)


@pytest.mark.parametrize("curvature", [-1.0, -0.3])
def test_a_density_on_the_ball_integrates_to_1(curvature):
    """Over the area of hyperbolic space, in which a circle grows as the sinh of its radius."""
    law, root = ball([0.3, -0.4], [0.5, 1.2], curvature), np.sqrt(-curvature)
    distance, weight = np.polynomial.legendre.leggauss(120)
    distance, weight = 7 * (distance + 1), 7 * weight
    circle, each = on_circle(400)
    x = (np.tanh(root * distance / 2) / root)[:, None, None] * circle
    volume = weight * np.sinh(root * distance) / root
    np.testing.assert_allclose(np.sum(volume[:, None] * np.exp(law.log_prob(x))) * each, 1.0, rtol=1e-6)


def test_a_density_on_a_ball_of_many_dimensions_integrates_to_1():
    """By draws of another one, to four standard errors."""
    other, law = ball([0.0] * 4, [0.9] * 4), ball([0.2, -0.1, 0.3, 0.0], [0.5, 0.6, 0.4, 0.7])
    z, log_q = other.experimental_sample_and_log_prob(200_000, seed=[0, 1])
    values = np.exp(law.log_prob(z) - log_q)
    assert abs(values.mean() - 1) < 4 * values.std() / np.sqrt(len(values))


def test_the_kl_of_two_wrapped_gaussians_is_that_by_quadrature():
    """On a line, which is flat whatever its curvature is said to be, it is that of Gaussians."""
    q, p = ball([0.3], [0.4]), ball([0.0], [1.1])
    z, log_q = q.experimental_sample_and_log_prob(50_000, seed=[0, 1])
    values = (log_q - p.log_prob(z)).numpy()
    distance = 2 * np.arctanh(0.3)
    exact = np.log(1.1 / 0.4) + (0.4**2 + distance**2) / (2 * 1.1**2) - 0.5
    assert abs(values.mean() - exact) < 4 * values.std() / np.sqrt(len(values))


def test_hyperbolic_geodesics():
    """Distances by the formula for arcosh, ends that come back, and an isometry."""
    from tfvae.families import poincare

    rng = np.random.default_rng(0)
    x, y = (0.6 * rng.uniform(-1, 1, (50, 3)) / np.sqrt(2.0) for _ in range(2))
    v = poincare.log(tf.constant(x), tf.constant(y), 2.0).numpy()
    squares = [np.sum(each**2, axis=-1) for each in (x - y, x, y)]
    argument = 1 + 2 * 2.0 * squares[0] / ((1 - 2.0 * squares[1]) * (1 - 2.0 * squares[2]))
    np.testing.assert_allclose(np.linalg.norm(v, axis=-1), np.arccosh(argument) / np.sqrt(2.0), rtol=1e-9)
    np.testing.assert_allclose(poincare.exp(tf.constant(x), tf.constant(v), 2.0), y, atol=1e-12)
    law = ball([0.0, 0.0, 0.0], [1.0] * 3, -2.0)
    middle = manifolds.between(law, tf.constant(x), tf.constant(y), 0.5)
    halves = [poincare.log(middle, tf.constant(end), 2.0).numpy() for end in (x, y)]
    np.testing.assert_allclose(halves[0], -halves[1], atol=1e-9)


def test_a_curvature_is_a_scale():
    """Of the prior, but for the unit of z."""
    wide, plain = ball([0.1, 0.2], [0.5, 0.7], -4.0), ball([0.2, 0.4], [1.0, 1.4])
    z = tf.constant([[0.05, -0.3], [0.2, 0.1]], tf.float64)
    np.testing.assert_allclose(wide.log_prob(z), plain.log_prob(2 * z) + 2 * np.log(2), rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_draws_of_the_ball_stay_in_it_and_know_their_density(dtype):
    law = ball([0.5, 0.3, -0.2], [1.5, 0.7, 1e-3], dtype=dtype)
    z, log_q = law.experimental_sample_and_log_prob([2, 5000], seed=[0, 1])
    assert np.linalg.norm(z, axis=-1).max() < 1
    assert np.isfinite(law.log_prob(z)).all()
    near = np.linalg.norm(z, axis=-1) < 0.99
    tolerance = 0.5 if dtype == "float32" else 1e-6  # of a scale of 1e-3 rounding is a part
    np.testing.assert_allclose(law.log_prob(z)[near], log_q[near], rtol=0, atol=tolerance)
    far = ball([1 - 1e-6, 0.0, 0.0], [9.0] * 3, dtype=dtype)
    assert np.isfinite(far.log_prob(far.sample(100, seed=[0, 1]))).all()


def test_gradients_of_the_ball_are_finite_at_its_centre_and_where_two_points_meet():
    for loc in ([0.0, 0.0], [0.3, 0.4]):
        point, where = tf.constant([loc], tf.float32), tf.constant([loc], tf.float32)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([point, where])
            law = families.WrappedNormal((2,)).build_distribution(loc=where, scale=tf.ones([1, 2]))
            value = law.log_prob(point)
        for each in (point, where):
            np.testing.assert_allclose(tape.gradient(value, each), 0, atol=1e-5)


def test_the_gradient_of_draws_on_the_ball_is_that_of_their_expectation():
    """Of E[cosh(distance from a)], with the same noise, by finite differences; and unbiased, as each draw's own."""
    raw, scale = tf.constant([0.3, -0.6], tf.float64), tf.constant([0.4, 0.9], tf.float64)
    family, a = families.WrappedNormal((2,), dtype="float64"), np.array([0.2, 0.5])

    def mean(raw, scale):
        loc = family.constrain({"loc": raw, "scale": scale})["loc"]
        z = family.build_distribution(loc=loc, scale=scale).sample(50, seed=[0, 1])
        distance = tf.reduce_sum((z - a) ** 2, axis=-1) / (1 - tf.reduce_sum(z**2, axis=-1))
        return tf.reduce_mean(distance)

    with tf.GradientTape() as tape:
        tape.watch([raw, scale])
        value = mean(raw, scale)
    by_raw, by_scale = tape.gradient(value, [raw, scale])
    for place in range(2):
        step = 1e-5 * np.eye(2)[place]
        np.testing.assert_allclose(by_raw[place], (mean(raw + step, scale) - mean(raw - step, scale)) / 2e-5, rtol=1e-6)
        found = (mean(raw, scale + step) - mean(raw, scale - step)) / 2e-5
        np.testing.assert_allclose(by_scale[place], found, rtol=1e-6)


def test_between_on_a_sphere_is_a_part_of_the_angle():
    law = spherical(families.VonMisesFisher, 3, 1.0)
    start, end = np.eye(3)[0], np.array([np.cos(2.0), np.sin(2.0), 0.0])
    found = manifolds.between(law, tf.constant(start), tf.constant(end[None]), 0.25)
    np.testing.assert_allclose(found, [[np.cos(0.5), np.sin(0.5), 0.0]], atol=1e-12)
    np.testing.assert_allclose(manifolds.between(law, tf.constant(end), tf.constant(end), 0.3), end, atol=1e-12)


def test_between_in_a_product_is_that_of_each_piece():
    joint = families.Joint([families.WrappedNormal((2,)), families.PowerSpherical((3,)), families.Normal((1,))])
    law = joint.kind(4)
    z = law.sample(5, seed=[0, 1])
    moved = manifolds.between(law, law.mean(), z, 0.5).numpy()
    np.testing.assert_allclose(np.linalg.norm(moved[..., 2:5], axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(moved[..., 5], z[..., 5] / 2, rtol=1e-6)
    radius = [np.arctanh(np.linalg.norm(each[..., :2], axis=-1)) for each in (moved, z.numpy())]
    np.testing.assert_allclose(radius[0], radius[1] / 2, rtol=1e-4)
    assert joint.curved
    assert not np.any(joint.in_support(tf.zeros([4, 6])))
    assert np.all(joint.in_support(z[0]))


def test_the_logarithm_of_sinh_over_x_is_right_in_its_series_too():
    x = np.array([1e-2, 0.05, 0.0999, 0.1001, 1.0, 5.0])
    np.testing.assert_allclose(poincare.log_sinhc(tf.constant(x)), np.log(np.sinh(x) / x), rtol=1e-6)


@pytest.mark.parametrize("curvature", [-1.0, -0.3, -4.0])
def test_a_centre_is_as_far_from_0_as_its_tangent_vector_is_long(curvature):
    raw = tf.constant([[0.3, -0.4], [1.2, 0.5]])
    loc = families.WrappedNormal((2,), curvature).constrain({"loc": raw, "scale": raw})["loc"].numpy()
    root = np.sqrt(-curvature)
    distance = 2 * np.arctanh(root * np.linalg.norm(loc, axis=1)) / root
    np.testing.assert_allclose(distance, np.linalg.norm(raw, axis=1), rtol=1e-4)
