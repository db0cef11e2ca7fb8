"""`tfvae sweep`: runs as `tfvae train` makes them, which go on where they stopped, in one table."""

import csv
import json
import math
import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.cli import program
from tests.cli.folders import assert_same_run, names
from tfvae import callbacks, data, evaluation, load_model
from tfvae_cli import parser, sweep, sweep_grid, sweep_points, sweep_table, train

COMMON = ("--dataset", "digits", "--recipe", "beta_vae", "--set", "model.beta=0.5", "--epochs", "2")
SIZES = ("--latent-size", "3", "1", "--num-samples", "5")


def rows(folder):
    with (folder / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def record(folder):
    return json.loads((folder / "sweep.json").read_text())


class Stop(callbacks.BackupAndRestore):
    """Ctrl-C after the first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """The command line of small trainings."""
    path = tmp_path_factory.mktemp("data") / "rows.npy"
    rng = np.random.default_rng(0)
    np.save(path, rng.random([200, 1]) + 0.3 * rng.random([200, 6]) > 0.65)
    return ("--dataset", path, "--recipe", "beta_vae", "--set", "model.beta=0.5", "--epochs", "2")


@pytest.fixture(scope="module")
def swept(line, tmp_path_factory):
    """A sweep of two sizes that was stopped in its second run, and then went on."""
    folder = tmp_path_factory.mktemp("sweeps") / "sizes"
    asked = ("sweep", *line, *SIZES, "--output", folder)
    with pytest.MonkeyPatch.context() as patch:
        run, trained = train.run, []
        stop = {(3,): [Stop(folder)]}
        patch.setattr(train.build, "callbacks", lambda plan, vae: stop.get(vae.posterior.event_shape, []))
        assert program.run(*asked) == 130
        first = (folder / "latent_size-1" / "model.keras").stat().st_mtime_ns
        assert "model.keras" not in names(folder / "latent_size-3")
        patch.undo()
        patch.setattr(train, "run", lambda options, say: (trained.append(options), run(options, say)))
        assert program.run(*asked) == 0
    assert first == (folder / "latent_size-1" / "model.keras").stat().st_mtime_ns
    assert [(each.output.name, each.resume) for each in trained] == [("latent_size-3", True)]
    return folder


def test_a_run_is_that_of_train(swept, line, tmp_path):
    assert_same_run(swept / "latent_size-3", program.train(tmp_path / "alone", *line, "--latent-size", "3"))


def test_the_figures_are_those_of_the_functions(swept, line):
    folder = swept
    found = rows(folder)
    assert [(row["run"], row["latent_size"]) for row in found] == [("latent_size-1", "1"), ("latent_size-3", "3")]
    vae = load_model(folder / "latent_size-3" / "model.keras")
    dataset, _ = data.load(str(line[1]), "validation", batch_size=128, shuffle=False)
    parts = evaluation.rate_distortion(vae, dataset)
    log_p = evaluation.log_likelihood(vae, dataset, 5, verbose=0)
    row = {name: float(value) for name, value in found[1].items() if name != "run"}
    for name in ("elbo", "rate", "distortion"):
        estimate = getattr(parts, name)
        assert (row[name], row[f"{name}_standard_error"]) == pytest.approx((estimate.value, estimate.standard_error))
    assert row["log_likelihood"] == pytest.approx(log_p.mean)
    assert row["log_likelihood_standard_error"] == pytest.approx(log_p.standard_error)
    assert row["active_latents"] == evaluation.activity(vae, dataset).active.sum()
    assert row["seconds"] > 0
    known = record(folder)
    assert known["vary"] == {"model.latent_size": [1, 3]}
    assert known["configuration"]["model"] == {"recipe": "beta_vae", "beta": 0.5}
    assert known["runs"]["latent_size-3"]["figures"]["elbo"] == row["elbo"]


def test_again_it_trains_nothing_and_says_the_table(swept, line, capsys, monkeypatch):
    folder = swept
    monkeypatch.setattr(train, "run", None)
    monkeypatch.setattr(sweep, "_measured", None)
    before = (folder / "sweep.csv").read_bytes()
    capsys.readouterr()
    assert program.run("sweep", *line, *SIZES, "--output", folder) == 0
    first, _, head, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"2 runs, 2 of them complete: {folder}/latent_size-{{1,3}}"
    assert head.split() == "latent_size ELBO rate (KL) distortion log p(x) active seconds".split()
    assert last == f"{folder}/sweep.csv, {folder}/sweep.json, {folder}/sweep.png"
    assert (folder / "sweep.csv").read_bytes() == before
    with Image.open(folder / "sweep.png") as picture:
        assert np.ptp(np.asarray(picture)) > 200


def test_other_figures_are_measured_and_nothing_trained(swept, line, monkeypatch):
    folder = swept
    asked = []
    monkeypatch.setattr(sweep, "_measured", lambda path, **how: asked.append((path.name, how)) or figures(-1.0))
    stamp = {name: (folder / name / "model.keras").stat().st_mtime_ns for name in ("latent_size-1", "latent_size-3")}
    kept = (folder / "sweep.json").read_bytes()
    try:
        assert program.run("sweep", *line, *SIZES[:-2], "--quiet", "--output", folder) == 0
        how = {"split": "validation", "num_samples": None}
        assert asked == [("latent_size-1", how), ("latent_size-3", how)]
        assert stamp == {name: (folder / name / "model.keras").stat().st_mtime_ns for name in stamp}
    finally:
        (folder / "sweep.json").write_bytes(kept)
        program.run("sweep", *line, *SIZES, "--quiet", "--output", folder)


# What a loop does with runs is asked without trainings: each is a configuration and a file.


def figures(elbo, rate=2.0):
    found = {"loss": -elbo, "elbo": elbo, "rate": rate, "distortion": -elbo - rate, "active_latents": 1}
    return found | {f"{name}_standard_error": 0.5 for name in ("elbo", "rate", "distortion")}


@pytest.fixture
def pretend(monkeypatch, tmp_path):
    """Replaces training and measuring. Returns [(folder, resume)] of each training, and {folder: error} to raise."""
    trained, errors = [], {}

    def run(options, say):
        name = options.output.name
        trained.append((name, options.resume))
        if name in errors:
            raise errors[name]
        plan = train.config.Config({}) if options.resume else train.config.resolve(options)
        folder = train.RunFolder(options.output)
        folder.path.mkdir(exist_ok=True)
        if not options.resume:
            folder.begin(plan, False)
        if (name, "half") in errors:
            raise errors[name, "half"]
        folder.model.write_text(name)

    monkeypatch.setattr(train, "run", run)
    monkeypatch.setattr(sweep.sweep_chart, "draw", lambda *_: None)  # takes longer than all the rest
    monkeypatch.setattr(sweep, "_measured", lambda path, split, num_samples: figures(-20.0 - len(path.name)))
    monkeypatch.chdir(tmp_path)
    return trained, errors


def test_the_product_with_seeds(pretend, capsys):
    line = (*COMMON[:4], "--learning-rate", "0.01", "0.001", "--vary", "model.beta", "2", "0.5", "--seeds", "1", "0")
    assert program.run("sweep", *line, "--latent-size", "4") == 0
    trained, _ = pretend
    assert [name for name, _ in trained] == [
        f"learning_rate-{rate}-beta-{beta}-seed-{seed}"
        for rate in (0.001, 0.01)
        for beta in (0.5, 2)
        for seed in (0, 1)
    ]
    assert (
        "8 runs: sweeps/digits-beta_vae/learning_rate-{0.001,0.01}-beta-{0.5,2}-seed-{0,1}" in capsys.readouterr().out
    )
    folder = pathlib.Path("sweeps/digits-beta_vae")
    plan = train.config.read(folder / "learning_rate-0.01-beta-2-seed-1" / "config.toml").values
    assert plan["model"] == {"recipe": "beta_vae", "latent_size": 4, "beta": 2}
    assert plan["compile"]["optimizer"] == {"part": "Adam", "learning_rate": 0.01}
    assert plan["seed"] == 1
    assert [(point["values"], point["runs"]) for point in record(folder)["points"]] == [
        ({"learning_rate": rate, "beta": beta}, 2) for rate in (0.001, 0.01) for beta in (0.5, 2)
    ]
    # The order in which numbers are named is another, the sweep the same.
    line = ("--vary", "model.beta", "0.5", "2", "--seeds", "0", "1", "--learning-rate", "0.001", "0.01", *COMMON[:4])
    assert program.run("sweep", "--latent-size", "4", *line) == 0
    assert len(trained) == 8


def test_a_kill_in_between(pretend):
    trained, errors = pretend
    errors["latent_size-2", "half"] = SystemExit(9)  # nothing is tidied up by train
    line = ("sweep", *COMMON, "--latent-size", "1", "2", "3", "--output", "a")
    assert program.run(*line) == 9
    errors.clear()
    assert program.run(*line) == 0
    assert trained == [(f"latent_size-{size}", resume) for size, resume in ((1, 0), (2, 0), (2, 1), (3, 0))]


def test_a_model_that_was_lost_or_replaced_is_made_or_measured_again(pretend):
    trained, _ = pretend
    line = ("sweep", *COMMON, "--latent-size", "1", "2", "--output", "a")
    assert program.run(*line) == 0
    pathlib.Path("a/latent_size-2/model.keras").write_text("another")
    assert program.run(*line) == 0
    shutil.rmtree("a/latent_size-1")
    assert program.run(*line) == 0
    assert trained[2:] == [("latent_size-2", True), ("latent_size-1", False)]


def test_one_that_diverges_is_told_and_the_others_go_on(pretend, capsys):
    trained, errors = pretend
    errors["latent_size-1"] = callbacks.TrainingDiverged("too many skipped steps")
    errors["latent_size-3"] = ValueError("no such layer")
    line = ("sweep", *COMMON, "--latent-size", "1", "2", "3", "4", "--output", "a")
    assert program.run(*line) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "tfvae: warning: a/latent_size-1: too many skipped steps"
    assert said[1] == "tfvae: warning: a/latent_size-3: no such layer"
    assert said[2] == (
        "tfvae sweep: error: 2 of 4 runs came to no end, a/latent_size-1 by this: too many skipped steps. The same "
        "command tries again."
    )
    assert [row["run"] for row in rows(pathlib.Path("a"))] == ["latent_size-2", "latent_size-4"]
    errors.clear()
    assert program.run(*line) == 0
    assert [name for name, _ in trained[4:]] == ["latent_size-1", "latent_size-3"]
    assert not any("failed" in entry for entry in record(pathlib.Path("a"))["runs"].values())


def test_what_is_wrong_with_the_first_stops_all_and_leaves_nothing(pretend, capsys, tmp_path):
    trained, errors = pretend
    errors["latent_size-1"] = ValueError("bad data")
    assert program.run("sweep", *COMMON, "--latent-size", "1", "2", "--output", "a/b") == 2
    assert capsys.readouterr().err == "tfvae sweep: error: a/b/latent_size-1: bad data\n"
    assert len(trained) == 1
    assert names(tmp_path) == []


# What is said of the figures.


def point(size, elbo, error=0.5, runs=1, rate=2.0):
    found = {"elbo": (elbo, error), "rate": (rate, error), "distortion": (-elbo - rate, error), "seconds": (1.0, None)}
    return sweep_points.Point({"latent_size": size}, found | {"active_latents": (2.0, None)}, runs)


def test_means_over_seeds_and_their_errors():
    entries = [
        {"values": {"beta": beta, "seed": seed}, "figures": figures(elbo)}
        for beta, elbos in ((1.0, (-20.0, -22.0, -27.0)), (2.0, (-30.0,)))
        for seed, elbo in enumerate(elbos)
    ]
    three, one = sweep_points.points(entries)
    assert (three.values, three.runs, one.values, one.runs) == ({"beta": 1.0}, 3, {"beta": 2.0}, 1)
    assert three.figures["elbo"] == pytest.approx((-23.0, math.sqrt((9 + 1 + 16) / 2 / 3)))
    assert three.figures["rate"] == (2.0, 0.0)
    assert one.figures["elbo"] == (-30.0, 0.5)
    assert one.figures["active_latents"] == (1, None)
    entries[0]["figures"]["elbo"] = None  # not finite
    assert "elbo" not in sweep_points.points(entries)[0].figures


def test_the_smallest_within_one_standard_error_of_the_best():
    found = [point(16, -20.6), point(8, -20.0), point(2, -20.51), point(4, -20.4), point(3, -20.5)]
    assert sweep_points.best(found, "elbo") is found[1]
    assert sweep_points.smallest(found) is found[4]
    assert sweep_points.smallest([point(8, -20.0, None), point(2, -20.0)]) is None
    # It is the best's own error that counts.
    assert sweep_points.smallest([point(8, -20.0, 0.1), point(2, -20.5, 5.0)]).values == {"latent_size": 8}


def test_the_front_is_of_points_with_an_elbo():
    found = [point(1, -20.0, rate=1.0), point(2, -19.0, rate=3.0), point(3, -25.0, rate=2.0)]
    found.insert(0, sweep_points.Point({"latent_size": 9}, {"loss": (1.0, None)}, 1))
    assert sweep_points.front(found) == [found[1], found[2]]


def test_the_table_and_the_verdicts():
    found = [point(2, -20.4, 0.3, runs=3), point(8, -20.0, runs=3, rate=4.0)]
    head, first, second = sweep_table.table(found, found[:1]).splitlines()
    assert head.split() == "latent_size seeds ELBO rate (KL) distortion active seconds".split()
    assert first.split() == "2 3 -20.40 +- 0.30 2.00 +- 0.30 18.40 +- 0.30 2 1 *".split()
    assert second.split() == "8 3 -20.00 +- 0.50 4.00 +- 0.50 16.00 +- 0.50 2 1".split()
    assert sweep_table.verdicts(found, "validation") == [
        "Best ELBO of the validation split: latent_size 8, -20.00 +- 0.50 nats.",
        "Fewest latents within one standard error (0.50, over 3 seeds) of the best ELBO: latent_size 2, -20.40 +- 0.30 "
        "nats.",
    ]
    without = [sweep_points.Point({"latent_size": 2}, {"loss": (1.234, None)}, 1)]
    assert sweep_table.table(without, []).splitlines()[1].split() == ["2", "1.23"]
    assert sweep_table.verdicts(without, "test") == []
    assert sweep_table.line({"beta": 1}, {"loss": 1.234, "active_latents": 2}) == "loss 1.23, active 2"
    said = "ELBO -20.00 +- 0.50, rate (KL) 2.00 +- 0.50, distortion 18.00 +- 0.50, active 1"
    assert sweep_table.line({"beta": 1}, figures(-20.0)) == said


def test_two_numbers_of_one_name_are_told_apart():
    line = ("sweep", "--vary", "model.encoder.size", "1", "2", "--vary", "model.decoder.size", "1", "2")
    found = sweep_grid.axes(parser.parse(line))
    assert [axis.name for axis in found] == ["model.decoder.size", "model.encoder.size"]
