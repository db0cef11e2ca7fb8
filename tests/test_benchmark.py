"""What the benchmark makes of measurements: no contender is run here."""

import doctest
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from scripts.benchmarks import arithmetic, cases, document, fashion_mnist, load, markdown, processes, report, table
from tests.data import idx_files

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


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_the_twins_have_the_same_kernels(network, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from benchmarks.contenders import decoders, tf_limit_networks, tfvae_model

    vae = tfvae_model.build(WORK | {"network": network, "seed": 0})
    shapes = sorted(tuple(variable.shape) for variable in vae.trainable_variables)
    limit = tf_limit_networks.BY_NAME[network](WORK["latent"])
    assert sorted(tuple(value.shape) for value in limit.initial(0)) == shapes
    # And the operations are counted for these kernels: a dense layer multiplies once by each of its numbers.
    if network == "mlp":
        kernels = sum(variable.shape.num_elements() for variable in vae.trainable_variables if len(variable.shape) > 1)
        assert 2 * kernels == arithmetic.decoding(WORK) + 2 * sum((784 * 512, 512 * 32))
    else:
        assert {make(16).output_shape for make in decoders.BY_NAME.values()} == {(None, 28, 28, 32)}


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
