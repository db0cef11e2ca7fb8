"""The client's answers are Keras's, by gRPC and by REST, from every server there is."""

import concurrent.futures

import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, digits
from tests.serving.served import conditional, normal, vae
from tfvae import data, evaluation
from tfvae_client import InvalidRequest, Moments

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((5, *LATENT)).astype("float32")
X = digits()[:7]
LABELS = np.array([3, 1, 4, 1, 5], "int32")


def assert_close(received, expected):
    expected = np.asarray(expected)
    assert received.dtype == expected.dtype
    np.testing.assert_allclose(received, expected, atol=1e-5)


def test_decode(client):
    received, expected = client.decode(Z), vae().decode(Z)
    assert isinstance(received, Moments)
    assert_close(received.mean, expected.mean())
    assert_close(received.stddev, expected.stddev())


def test_encode(client):
    mean, stddev = client.encode(X)
    expected = vae().encode(X)
    assert_close(mean, expected.mean())
    assert_close(stddev, expected.stddev())


def test_reconstruct(client):
    assert_close(client.reconstruct(X), vae()(X))


@pytest.mark.parametrize("seed", [0, -3, 2**40 + 5, [8, 9]])
def test_generate(client, seed):
    expected = vae().sample(6, temperature=0.5, seed=tf.constant(seed) if isinstance(seed, list) else seed)
    assert_close(client.generate(6, 0.5, seed), expected)


def test_generate_without_a_seed_differs_each_time(client):
    assert not np.allclose(client.generate(3), client.generate(3))


def test_encode_sample(client):
    # Its noise is q(z|x)'s standard normal, the same for the same seed.
    first, again, other = (client.encode_sample(X, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    posterior = vae().encode(X)
    many = np.stack([client.encode_sample(X, seed) for seed in range(100)])
    noise = (many - posterior.mean().numpy()) / posterior.stddev().numpy()
    # Mean 0 and variance 1 of 100 * 21 independent draws, five standard errors.
    assert abs(noise.mean()) < 5 / np.sqrt(noise.size)
    assert abs(noise.var() - 1) < 5 * np.sqrt(2 / noise.size)


def test_score(client):
    scores = client.score(X, num_samples=2000, seed=0)
    assert (scores.shape, scores.dtype) == ((7,), np.float32)
    np.testing.assert_array_equal(scores, client.score(X, num_samples=2000, seed=0))
    # Two estimates of the same log p(x) from other draws, each with its Monte Carlo error.
    dataset = data.from_array(X, batch_size=7, shuffle=False)
    estimate = evaluation.log_likelihood(vae(), dataset, num_samples=2000, seed=5, verbose=0)
    assert (np.abs(scores - estimate.per_example) < 5 * np.sqrt(2) * estimate.per_example_error).all()
    # And a single draw's is lower in the mean: the ELBO.
    one = np.mean([client.score(X, num_samples=1, seed=seed) for seed in range(50)])
    assert one < scores.mean()


@pytest.mark.parametrize(
    "call",
    [lambda c: c.generate(1_000_000), lambda c: c.score(X, num_samples=1_000_000)],
    ids=["count", "num_samples"],
)
def test_a_million_is_refused_by_the_graph_which_names_its_bound(client, call):
    with pytest.raises(InvalidRequest, match=r"`(count|num_samples)`\. Expected an int from 1 to \d+\. .*1000000"):
        call(client)


def test_floats_and_bytes_arrive_as_they_are(backend, connect):
    # Every power of two that float32 has, and digits that need all nine decimals; pixels 0..255.
    client = connect()
    powers = np.exp2(np.arange(-149, 128, dtype="float64")).astype("float32")
    z = np.concatenate([powers, np.nextafter(powers, np.float32(np.inf)), RNG.standard_normal(251).astype("float32")])
    z = np.concatenate([z, np.resize(z, -len(z) % 3)]).reshape(-1, 3)
    x = np.arange(256, dtype="uint8").reshape(4, 8, 8, 1)
    seen = []
    loaded = backend.loaded("digits")[1]
    original = backend.predict

    def predict(found, name, values):
        assert found is loaded
        seen.append(values)
        return original(found, name, values)

    backend.predict = predict
    try:
        answer = client.decode(z)
        client.encode(x)
    finally:
        del backend.predict
    sent = np.concatenate([values["latent"] for values in seen if "latent" in values])
    np.testing.assert_array_equal(sent, z)
    np.testing.assert_array_equal(seen[-1]["x"], x)
    assert sent.dtype == np.float32
    direct = [original(loaded, "decode", values)["mean"] for values in seen if "latent" in values]
    np.testing.assert_array_equal(answer.mean, np.concatenate(direct))


def test_many_rows_go_in_pieces_where_the_answer_is_the_same(backend, connect):
    client = connect(batch_size=3)
    assert_close(client.decode(Z).mean, vae().decode(Z).mean())
    assert [shapes["latent"] for _, shapes in backend.requests] == [(3, 3), (2, 3)]
    backend.requests.clear()
    client.generate(8, seed=0)
    assert len(backend.requests) == 1


def test_a_conditional_model(connect):
    client = connect("labelled")
    assert_close(client.decode(Z, LABELS).mean, conditional().decode(Z, tf.constant(LABELS)).mean())
    assert_close(client.encode(X[:5], LABELS).mean, conditional().encode(X[:5], tf.constant(LABELS)).mean())
    expected = conditional().sample(5, tf.constant(LABELS), seed=4)
    assert_close(client.generate(5, seed=4, condition=LABELS), expected)
    # In pieces, each row keeps its label; a list of Python's ints will do.
    assert_close(connect("labelled", batch_size=2).decode(Z, list(LABELS)).mean, client.decode(Z, LABELS).mean)


def test_p_values(connect):
    client = connect("labelled")
    p = client.p_values(X[:5], seed=3, condition=LABELS)
    assert (p.shape, p.dtype) == ((5,), np.float32)
    # Ranks of log p(x) by the same seed and as many draws as calibrated, among 60.
    scores = -client.score(X[:5], num_samples=5, seed=3, condition=LABELS)
    expected = normal()._replace(calibration=normal().calibration.astype("float32")).of_scores(scores)
    np.testing.assert_allclose(p, expected, rtol=1e-6)
    assert np.all(np.abs(np.rint(61 / 2 * p) - 61 / 2 * p) < 1e-4)
    assert p.max() > 2 / 61
    with pytest.raises(InvalidRequest, match=r"'digits' .* has no p-values.*typicality=tfvae\.evaluation\.typicality"):
        connect("digits").p_values(X[:5])


def test_several_threads_at_once(client):
    z = RNG.standard_normal((40, 3, *LATENT)).astype("float32")
    expected = vae().decode(z.reshape(-1, *LATENT)).mean().numpy().reshape(40, 3, 8, 8, 1)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        received = list(pool.map(lambda rows: client.decode(rows).mean, z))
    np.testing.assert_allclose(received, expected, atol=1e-5)


def test_what_is_served(client):
    version = max(client.versions())
    assert (version.state, version.error) == ("AVAILABLE", "")
    served = client.signatures
    assert {"decode", "encode", "generate", "reconstruct", "serving_default"} <= set(served)
    assert (
        str(served["decode"])
        == "decode(latent float32 [n, 3]) -> mean float32 [n, 8, 8, 1], stddev float32 [n, 8, 8, 1]"
    )
    assert served["encode"].inputs["x"] == ("uint8", (None, 8, 8, 1))


@pytest.mark.parametrize("options", [{}, {"version": 1}, {"label": "stable"}], ids=str)
def test_a_version_by_number_or_label(connect, options):
    assert_close(connect(**options).decode(Z).mean, vae().decode(Z).mean())
