"""`tfvae sweep`: trainings that differ in numbers, in one table and one picture."""

import argparse
import gc
import pathlib
import sys
import time

from tfvae_cli import build, config, interrupt, sweep_chart, sweep_grid, sweep_points, sweep_table, train
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem, one_line
from tfvae_cli.quiet import tensorflow_loading
from tfvae_cli.run_folder import RunFolder, writable
from tfvae_cli.sweep_record import Record


def sweep(options):
    """Trains the runs that aren't there yet, and compares all. Returns the exit status."""
    say = (lambda *_: None) if options.quiet else (lambda *text: print(*text, flush=True))
    axes = sweep_grid.axes(options)
    shared, runs = sweep_grid.shared(options, axes), sweep_grid.runs(options, axes)
    path = options.output or pathlib.Path("sweeps", train.default_name(options.config, config.Config(shared)))
    record = Record(path, shared, sweep_grid.varied(axes), runs)
    writable(path)
    for run in runs:
        record.check_run(run)
    how = {"split": options.split, "num_samples": options.num_samples}
    left = [run for run in runs if not record.measured(run, how)]
    done = f", {len(runs) - len(left)} of them complete" if len(left) < len(runs) else ""
    say(f"{len(runs)} run{'s' * (len(runs) > 1)}{done}: {sweep_grid.pattern(path, axes)}")
    with tensorflow_loading():
        import tfvae  # noqa: F401 (registers the parts)
    if left:
        _check_split(shared, options.split)
    folder = RunFolder(path)
    with folder.made(), folder.locked():
        try:
            record.write()
            for run in left:
                _run(record, run, how, say, f"{runs.index(run) + 1} of {len(runs)}, {path / run.name}")
        finally:
            record.discard()
        _compare(record, shared, options.split, say)
    failed = {name: entry["failed"] for name, entry in record.entries.items() if "failed" in entry}
    if failed:
        name, error = next(iter(failed.items()))
        raise Problem(
            f"{len(failed)} of {len(runs)} runs came to no end, {path / name} by this: {error.rstrip('.')}. The same "
            "command tries again."
        )
    return 0


def _check_split(shared, split):
    """Refuses a split to compare on before the trainings."""
    _, info = build.load(config.Config({"seed": 0, **shared}), split, shuffle=False)
    if info.num_examples < 2:
        raise Problem(f"--split {split}: there is one example, and a comparison has no error then. Name another split.")


def _run(record, run, how, say, which):
    """Trains a run to its end and measures it; an error is kept, and the next run may do without it."""
    say(f"{which} ...")
    path = record.folder / run.name
    try:
        _trained(record, run, path)
        with interrupt.kept():  # measuring takes seconds, and TensorFlow works meanwhile
            record.put(run, _measured(path, **how), how)
    except KeyboardInterrupt:
        count = sum("figures" in entry for entry in record.entries.values())
        raise KeyboardInterrupt(
            f"stopped in {path}; {count} of {len(record.entries)} runs are complete. The same command goes on."
        ) from None
    except Exception as error:
        # What is wrong with the first of all is wrong with the others, unless it is the numbers that it was about.
        if not _diverged(error) and not any("figures" in entry for entry in record.entries.values()):
            raise Problem(f"{path}: {one_line(error)}") from error
        record.entries[run.name]["failed"] = one_line(error)
        print(f"tfvae: warning: {path}: {one_line(error)}", file=sys.stderr, flush=True)
    else:
        record.entries[run.name].pop("failed", None)
        say(f"  {sweep_table.line(run.values, record.entries[run.name]['figures'])}")
    finally:
        record.write()
        _forget()


def _diverged(error):
    from tfvae import callbacks

    return any(isinstance(each, callbacks.TrainingDiverged) for each in (error, error.__cause__))


def _trained(record, run, path):
    """Trains as `tfvae train` does: a new run, or the rest of one."""
    there = RunFolder(path).exists()
    entry = record.entries[run.name]
    if not there:
        entry["seconds"] = 0.0
    line = vars(run.options) | {"output": path}
    if there:
        nothing = {flag: None for flag in config.FLAGS.values()}
        line |= {**nothing, "config": None, "set": [], "resume": True}
    start = time.monotonic()
    try:
        train.run(argparse.Namespace(**line), lambda *_: None)
    finally:
        entry["seconds"] += time.monotonic() - start
        record.write()


def _measured(path, split, num_samples):
    """Returns the figures of a run, by the model's file."""
    from tfvae import evaluation
    from tfvae.composition import parts

    opened = Opened(argparse.Namespace(run=path, output=None, split=split), "sweep.json")
    vae = opened.load()
    dataset, _ = opened.images()
    figures = {"loss": float(vae.evaluate(dataset, verbose=0, return_dict=True)["loss"])}
    if not parts.without_density(vae):
        for name, estimate in evaluation.rate_distortion(vae, dataset)._asdict().items():
            figures |= {name: estimate.value, f"{name}_standard_error": estimate.standard_error}
        if num_samples is not None:
            found = evaluation.log_likelihood(vae, dataset, num_samples, verbose=0)
            figures |= {"log_likelihood": found.mean, "log_likelihood_standard_error": found.standard_error}
    figures["active_latents"] = int(evaluation.activity(vae, dataset).active.sum())
    return figures


def _forget():
    """Lets go of a run's model: Keras keeps what it knows of each until it is told."""
    import keras

    keras.backend.clear_session()
    gc.collect()


def _compare(record, shared, split, say):
    """Draws the picture, and says the table and which is best."""
    done = [entry for entry in record.entries.values() if "figures" in entry]
    if not done:
        return
    found = sweep_points.points(done)
    front = sweep_points.front(found)
    say(f"\n{sweep_table.table(found, front)}")
    if not front:
        say(f"\nThe model has no density, so no ELBO. Compare by tfvae evaluate.\n{record.csv}, {record.json}")
        return
    say("*: no other is better in both rate and distortion. Nats an example.\n")
    runs = [entry for entry in done if entry["figures"].get("elbo") is not None]
    points = [point for point in found if "elbo" in point.figures]
    where = f"{pathlib.Path(shared['dataset']['name']).name}, {split} split"
    sweep_chart.draw(record.picture, runs, points, front, where)
    for line in sweep_table.verdicts(found, split):
        say(line)
    say(f"{record.csv}, {record.json}, {record.picture}")
