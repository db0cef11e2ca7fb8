"""What the benchmark makes of measurements: no contender is run here."""

import doctest
import importlib
import json
import math
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from scripts.benchmarks import (
    arithmetic,
    cases,
    document,
    fashion_mnist,
    load,
    markdown,
    pictures,
    processes,
    report,
    table,
)
from tests.data import idx_files
from tfvae import networks

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "benchmark"
MLP = cases.BY_NAME["mlp"]
WORK = MLP.work | {"epochs": 3}


def run(contender, samples, result=-240.0, **values):
    """Returns a process's report."""
    return {"contender": contender, "samples": samples, "result": result, "result_error": 0.4, "work": WORK, **values}


def by_name(runs, peak=None):
    return {row["contender"]: row for row in table.rows(MLP, runs, peak)}


@pytest.mark.parametrize("module", [arithmetic, document, load, markdown, processes, table])
def test_examples(module):
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0


def test_a_row_has_the_median_of_all_rounds_and_the_ratio_to_the_first():
    runs = [
        run("PyTorch eager", [6.0, 7.0], memory=500.0, first_step=4.0),
        run("tfvae", [2.0, 3.0], memory=900.0, first_step=9.0),
        run("tfvae", [4.0, 2.5], memory=1000.0, first_step=11.0),
    ]
    rows = by_name(runs, peak=100.0)
    assert list(rows) == ["tfvae", "PyTorch eager"]
    first, second = rows.values()
    assert (first["median"], first["min"], first["max"], first["runs"]) == (2.75, 2.0, 4.0, 2)
    assert (first["memory"], first["first_step"], first["ratio"]) == (950.0, 10.0, 1.0)
    assert second["ratio"] == 6.5 / 2.75
    # 60,000 images of 4,161,536 operations.
    assert second["gflops"] == pytest.approx(60_000 * 4_161_536 / 6.5e9)
    assert second["of_peak"] == pytest.approx(second["gflops"] / 100)


def test_another_result_makes_a_row_void():
    results = {"tfvae": (-240.0, -241.0), "PyTorch eager": (-240.2, -241.4), "pythae 0.1.2": (-250.0, -251.0)}
    runs = [run(name, [1.0], value) for name, values in results.items() for value in values]
    rows = by_name(runs)
    assert not rows["PyTorch eager"]["void"]
    assert rows["pythae 0.1.2"]["void"]
    assert "ratio" not in rows["pythae 0.1.2"]
    # s^2 is the mean of 0.5, 0.72 and 0.5.
    assert rows["tfvae"]["result_error"] == pytest.approx((1.72 / 3 / 2) ** 0.5)
    text = markdown.of_case(MLP, list(rows.values()))
    assert "| pythae 0.1.2 | 1.00 | 1.00 | 1.00 | void |" in text
    assert "Void: the test ELBO" in text


def test_a_result_that_is_no_number_makes_a_row_void():
    runs = [run("tfvae", [1.0], -240.0), run("tfvae", [1.0], -241.0), run("PyTorch eager", [1.0], float("nan"))]
    rows = by_name(runs)
    assert rows["PyTorch eager"]["void"]
    assert not rows["tfvae"]["void"]


def test_one_round_judges_nothing():
    rows = by_name([run("tfvae", [1.0]), run("PyTorch eager", [1.0], -280.0)])
    assert rows["PyTorch eager"]["void"] is None
    assert rows["PyTorch eager"]["ratio"] == 1.0
    assert rows["PyTorch eager"]["result_error"] == 0.4
    assert "One round says nothing" in markdown.of_case(MLP, list(rows.values()))


def test_a_ratio_is_that_to_the_first_of_the_group():
    decoding = cases.BY_NAME["decoding"]
    runs = [run(contender.name, [float(at + 1)]) for at, contender in enumerate(decoding.contenders)]
    ratios = {row["contender"]: row["ratio"] for row in table.rows(decoding, runs)}
    assert ratios["mlp, batch 1: LiteRT, two threads"] == 4.0
    assert ratios["mlp, batch 64: Keras call"] == 1.0
    assert ratios["mlp, batch 64: LiteRT, one thread"] == 7 / 5


def test_another_bound_is_not_compared():
    # The row of 5 draws is there for its memory: its bound is another number by right.
    iwae = cases.BY_NAME["iwae"]
    runs = [
        run(contender.name, [1.0], -240.0 - noise if draws == 50 else -245.0)
        | {"work": iwae.work | {"num_samples": draws}}
        for contender, draws in ((iwae.contenders[0], 50), (iwae.contenders[-1], 5))
        for noise in (0.0, 0.5)
    ]
    rows = table.rows(iwae, runs)
    assert [row["void"] for row in rows] == [False, None]
    assert "result" not in rows[1]


def test_a_contender_that_fails_is_named_and_the_others_stay():
    rows = by_name([run("tfvae", [2.0]), {"contender": "torch.compile", "error": "exit status 1: no compiler"}])
    text = markdown.of_case(MLP, list(rows.values()))
    assert "| torch.compile | failed |" in text
    assert "torch.compile failed: exit status 1: no compiler" in text
    assert "| tfvae | 2.00 |" in text


def test_a_target_is_met_where_its_ratio_is_small_enough():
    rows = list(
        by_name([run("tfvae", [2.1]), run("hand-written TF limit", [2.0]), run("pythae 0.1.2", [6.0])]).values()
    )
    found = {target.text: (ratio, met) for target, ratio, met in table.targets({"mlp": rows})}
    assert found["MLP: time over the limit's"] == (pytest.approx(1.05), True)
    assert found["MLP: time over pythae's"] == (pytest.approx(0.35), False)
    runs = [run(name, [2.0], value) for name, value in (("tfvae", -240.0), ("hand-written TF limit", -300.0))]
    void = list(by_name([*runs, run("tfvae", [2.0], -240.5)]).values())
    assert not table.targets({"mlp": void})


def test_targets_name_rows_that_exist():
    for target in cases.TARGETS:
        names = {contender.name for contender in cases.BY_NAME[target.case].contenders}
        assert {target.over[0], target.under[0]} <= names


def test_the_first_epoch_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["contender", json.dumps({"epochs": 3}), str(tmp_path / "result.json")])
    monkeypatch.setenv("BENCHMARK_BEGAN", "0")
    clock = iter([0.0, 1.0, 6.0, 8.0, 11.0])
    monkeypatch.setattr(report.time, "perf_counter", lambda: next(clock))
    own = report.Report()
    own.training_begins()
    for _ in range(3):
        own.epoch_done()
    own.result(np.array([1.0, 3.0]))
    own.finish()
    written = json.loads((tmp_path / "result.json").read_text())
    assert (written["epochs"], written["samples"]) == ([5.0, 2.0, 3.0], [2.0, 3.0])
    assert (written["result"], written["result_error"]) == (2.0, 1.0)


def multiplications(function, *signature):
    """Returns the multiplications of each product and convolution of one example, in the order of the graph."""
    found = []
    for operation in tf.function(function).get_concrete_function(tf.TensorSpec([1, *signature])).graph.get_operations():
        if operation.type in ("MatMul", "Conv2D", "Conv2DBackpropInput"):
            # A transposed convolution multiplies at each position of its input, which is its last argument.
            source = operation.inputs[2] if operation.type == "Conv2DBackpropInput" else operation.outputs[0]
            found.append(math.prod(source.shape[:-1]) * math.prod(operation.inputs[1].shape))
    return found


@pytest.fixture
def contenders(monkeypatch):
    """Lets a contender's module be imported as the benchmark does."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return lambda name: importlib.import_module(f"benchmarks.contenders.{name}")


@pytest.mark.parametrize("name", ["mlp", "conv", "images"])
def test_the_twins_have_the_same_kernels(name, contenders):
    work = cases.BY_NAME[name].work | {"seed": 0}
    vae = contenders("tfvae_model").build(work)
    shapes = sorted(tuple(variable.shape) for variable in vae.trainable_variables)
    if name == "images":
        limit = contenders("tf_limit_pictures").initial(work["latent"], 0)
    else:
        limit = contenders("tf_limit_networks").BY_NAME[name](work["latent"]).initial(0)
    assert sorted(tuple(value.shape) for value in limit) == shapes
    # And the operations are counted for these kernels.
    encoder = multiplications(lambda x: vae.encode_preprocessed(x).mean(), *vae.likelihood.event_shape)
    decoder = multiplications(lambda z: vae.decode(z).mean(), work["latent"])
    assert arithmetic.decoding(work) == 2 * sum(decoder)
    counted = arithmetic.training(work | {"examples": 1})
    assert counted == 6 * sum(encoder + decoder) - 2 * encoder[0]


def test_decoders_end_alike(contenders):
    made = contenders("decoders").BY_NAME.values()
    assert {make(16).output_shape for make in made} == {(None, 28, 28, 32)}


def in_order_of_use(values):
    """Returns the arrays of tfvae's residual networks as the limit takes them: each norm before its convolution."""
    values, ordered = list(values), []
    for is_block in (*[False, True] * 3, False, False, *[True, False] * 3, False):
        taken, values = values[: 8 if is_block else 2], values[8 if is_block else 2 :]
        ordered += [*taken[:2], *taken[4:6], *taken[2:4], *taken[6:]]
    return ordered


def test_the_limit_of_pictures_is_the_same_model(contenders, monkeypatch):
    limit = contenders("tf_limit_pictures")
    vae = contenders("tfvae_model").build(cases.BY_NAME["images"].work | {"seed": 0})
    rng = np.random.default_rng(0)
    # Moved, so that no bias is 0 and no branch is small.
    vae.set_weights([value + 0.05 * rng.standard_normal(value.shape) for value in vae.get_weights()])
    record = tf.constant(0.3), tf.constant(10.0)
    for variable, value in zip((vae.likelihood._errors, vae.likelihood._seen), record, strict=True):
        variable.assign(value)
    raw = pictures.images("test", 2)
    # The same noise, so that both decode the same z.
    monkeypatch.setattr(tf.random, "normal", tf.ones)
    values = in_order_of_use(vae.trainable_variables)
    found, error = limit.bounds([tf.convert_to_tensor(value) for value in values], record, raw / np.float32(255), False)
    posterior = vae.encode(raw)
    law = vae.decode(posterior.mean() + posterior.stddev())
    x = tf.constant(raw / np.float32(255))
    np.testing.assert_allclose(error, tf.reduce_sum((x - law.mean()) ** 2, [1, 2, 3]), rtol=1e-5)
    expected = law.log_prob(x) - posterior.kl_divergence(vae.prior_distribution())
    # Within a tenth of a nat, of ten thousand.
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("groups", [1, 2])
def test_the_limit_normalises_as_tfvae_does(groups, contenders):
    x, upstream = np.random.default_rng(0).standard_normal((2, 3, 5, 4, 16 * groups)).astype("float32")
    layer = networks.GroupNorm()
    layer.build(x.shape)
    layer.set_weights([value + 0.1 * np.arange(16.0 * groups) for value in layer.get_weights()])
    gamma, beta = layer.gamma.value, layer.beta.value
    found = []
    for call in (layer, lambda x: contenders("tf_limit_pictures").group_norm(x, gamma, beta, groups)):
        with tf.GradientTape() as tape:
            given = tf.constant(x)
            tape.watch(given)
            y = call(given)
        found.append([y, *tape.gradient(y, [given, gamma, beta], tf.constant(upstream))])
    for own, limits in zip(*found, strict=True):
        np.testing.assert_allclose(own, limits, rtol=1e-4, atol=1e-5)


def test_pictures_are_the_same_in_every_process():
    first, test = pictures.images("train", 4), pictures.images("test", 4)
    assert (first.shape, first.dtype) == ((4, 64, 64, 3), np.uint8)
    np.testing.assert_array_equal(pictures.images("train", 2), first[:2])
    # No two alike, and none of one colour.
    assert len(np.unique([*first, *test], axis=0)) == 8
    assert np.all(np.std([*first, *test], axis=(1, 2)).max(-1) > 10)


def test_only_cases_of_its_images_need_fashion_mnist():
    needing = {case.name for case in cases.CASES if case.reads_fashion_mnist}
    assert {"mlp", "conv", "evaluation", "first-step", "profile"} <= needing
    assert not needing & {"images", "decoding", "scale"}


def test_another_number_of_parameters_makes_a_row_void():
    runs = [run("tfvae", [1.0], parameters=100), run("PyTorch eager", [3.0], parameters=1101)]
    rows = by_name(runs)
    assert "ratio" not in rows["PyTorch eager"]
    assert rows["tfvae"]["ratio"] == 1.0
    text = markdown.of_case(MLP, list(rows.values()))
    assert "| PyTorch eager | 3.00 | 3.00 | 3.00 | void |" in text
    assert "Void: PyTorch eager has 1,101 parameters, not 100." in text
    rows = list(by_name([*runs, run("pythae 0.1.2", [9.0])]).values())
    assert rows[-1]["ratio"] == 9.0
    rows = by_name([run("tfvae", [1.0], parameters=100), run("hand-written TF limit", [1.0], parameters=99)])
    assert not table.targets({"mlp": list(rows.values())})


def test_a_picture_has_its_milliseconds():
    images = cases.BY_NAME["images"]
    rows = table.rows(images, [run("tfvae", [12.8]) | {"work": images.work}])
    assert rows[0]["image"] == pytest.approx(2.0)
    assert "| milliseconds a picture |" in markdown.of_case(images, rows)


def test_images_are_read_as_published(tmp_path):
    arrays = idx_files.write(tmp_path)
    assert not fashion_mnist.missing(tmp_path)
    for split, (images, _) in arrays.items():
        np.testing.assert_array_equal(fashion_mnist.images(tmp_path, split)[..., 0], images)
    np.testing.assert_array_equal(fashion_mnist.binary(tmp_path, "train", 3), arrays["train"][0][:3, ..., None] > 127.5)


def test_the_document_has_a_place_for_every_case():
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    for name in ("chart", "targets", *cases.BY_NAME):
        assert "new table" in document.fill(text, name, "new table")
    with pytest.raises(ValueError, match="once each"):
        document.fill(text, "nothing", "")


@pytest.mark.parametrize(
    ("quick", "others", "reason"),
    [
        (False, [0.01, 0.02, 0.3], None),
        (False, [0.01, 0.2, 0.3], "other processes took 20 % of the machine"),
        (False, [None], None),
        (True, [0.01], "--quick"),
    ],
)
def test_figures_of_a_busy_machine_are_not_published(quick, others, reason):
    found = load.unpublishable({"quick": quick, "runs": [run("tfvae", [1.0], others=share) for share in others]})
    assert found is None if reason is None else reason in found


def test_tables_and_chart_are_written_of_saved_figures(tmp_path):
    runs = [
        run(name, [seconds + number], -240.0 - number, round=number, others=0.02)
        for name, seconds in (("tfvae", 2.0), ("PyTorch eager", 6.0))
        for number in (0, 1)
    ]
    machine = {"name": "2 cores", "matmul": 100.0, "bandwidth": 20.0, "versions": {"Keras": "3"}}
    entry = {"machine": machine, "date": "2026-01-01", "quick": False, "runs": runs}
    (tmp_path / "results.json").write_text(json.dumps({"mlp": entry}))
    command = [sys.executable, str(SCRIPT), "--render", "--output", str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    page = (tmp_path / "results.md").read_text()
    assert "| PyTorch eager | 6.50 | 6.00 | 7.00 | 2.60 |" in page
    assert "2026-01-01, 2 cores; matmul 100 GFLOP/s, memory 20 GB/s as measured; 2 rounds; Keras 3." in page
    assert page.strip() == answer.stdout.strip()
    assert (tmp_path / "benchmark.png").read_bytes().startswith(b"\x89PNG")


def test_missing_data_is_one_line(tmp_path):
    command = [sys.executable, str(SCRIPT), "--source", str(tmp_path), "--output", str(tmp_path / "out")]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 2
    assert not answer.stdout
    assert answer.stderr.startswith(f"benchmark: {tmp_path} lacks train-images-idx3-ubyte")
    assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_case_is_refused():
    answer = subprocess.run([sys.executable, str(SCRIPT), "--cases", "mlp,vae"], capture_output=True, text=True)
    assert answer.returncode == 2
    assert "no case vae. Expected some of mlp, conv" in answer.stderr
