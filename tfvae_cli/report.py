"""`tfvae report`: what can be said of a run, or of several beside each other, on one page and as JSON."""

import argparse
import importlib.metadata
import json
import pathlib
import sys

from tfvae_cli import report_differences, report_figures, report_page
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem
from tfvae_cli.report_subject import Subject


def report(options):
    """Measures the runs and writes the page and its figures. Returns the exit status."""
    _check_once(options.runs)
    subjects = _subjects(options)
    output = subjects[0].opened.output
    _check_same_data(subjects)
    runs, pictures = [], []
    for subject in subjects:
        found, drawn = report_figures.measure(subject, options, _say(options, subject))
        runs.append(found)
        pictures.append(drawn)
    document = report_figures.plain(
        {
            "tfvae": importlib.metadata.version("tfvae"),
            "seed": options.seed,
            "runs": runs,
            "differences": report_differences.differences(runs),
        }
    )
    _write(output, report_page.page(document, pictures), json.dumps(document, indent=1, allow_nan=False) + "\n")
    if not options.quiet:
        print(output)
        print(_json(output))
    return 0


def _json(output):
    return output.with_suffix(".json")


def _check_once(runs):
    seen = set()
    for run in runs:
        if run.resolve() in seen:
            raise Problem(f"{run} was named twice. Name each run once.")
        seen.add(run.resolve())


def _subjects(options):
    """Returns what is measured, with the images read; nothing is measured and nothing written before all is there."""
    name = "report.html" if len(options.runs) == 1 else "comparison.html"
    first, *others = options.runs
    opened = [Opened(argparse.Namespace(**vars(options) | {"run": first}), name)]
    output, section = opened[0].output, opened[0].config.section("dataset")
    _check_json(_json(output), options)
    # One place for the results, and batches of one size: a preprocessing that draws then draws the same pixels for all.
    shared = {"output": output, "overwrite": True, "batch_size": options.batch_size or section.get("batch_size")}
    opened += [Opened(argparse.Namespace(**vars(options) | {"run": run, **shared}), name) for run in others]
    found = []
    for each, run in zip(opened, options.runs, strict=True):
        each.load()
        found.append(Subject(each, run))
    return found


def _check_json(path, options):
    if path.is_dir():
        raise Problem(f"{path} is a folder. Expected a file *.json to write beside the page: --output another.")
    if path.exists() and options.output is not None and not options.overwrite:
        raise Problem(f"{path} exists. Replace it by --overwrite, or write elsewhere: --output another.")


def _check_same_data(subjects):
    """Refuses runs that would be measured on different images."""
    first, *others = subjects
    for other in others:
        if other.digest != first.digest:
            raise Problem(
                f"{first.run} would be measured on {_data(first)} and {other.run} on {_data(other)}, which are other "
                "images. Compare runs of the same data, or name one for all: --dataset NAME."
            )


def _data(subject):
    return f"{subject.info.num_examples:,} images of {subject.info.name} {subject.info.split}"


def _say(options, subject):
    def say(what):
        if not options.quiet:
            print(f"{subject.run}: {what}", file=sys.stderr, flush=True)

    return say


def _write(path, page, figures):
    from tfvae.files import whole

    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(_json(path)) as json_file, whole.replacing(path) as page_file:
        json_file.write_text(figures, encoding="utf-8")
        page_file.write_text(page, encoding="utf-8")
