"""What a report says of a run: each section's figures, or the reason why the run has no such section."""

import json
import math
import pathlib

from tfvae_cli import features, likeness, modalities, probe, report_copying, report_pictures, tables
from tfvae_cli.problem import Problem, one_line
from tfvae_cli.run_folder import RunFolder
from tfvae_cli.verified import verified

# Samples that are compared with as many images: distances fall with their number, so it is the same for all runs.
_SAMPLES = 2000
_TEMPERATURES = 500


def measure(subject, options, say):
    """Returns a run's figures, and its pictures {name: uint8 [H, W, channels]}.

    Args:
        subject: A `Subject`.
        options: The command line.
        say: Called with what is measured next.
    """
    vae, info, step = subject.vae, subject.info, subject.vae.preprocessing
    found = {
        "run": str(subject.run),
        "model": repr(vae),
        "parameters": int(vae.count_params()),
        "data": {
            "name": info.name,
            "split": info.split,
            "images": info.num_examples,
            "shape": list(info.image_shape),
            "sha256": subject.digest,
        },
        # What log p(x) is of: values of two models are compared only where these are equal.
        "x": {"preprocessing": None if step is None else repr(step), "discrete": bool(vae.likelihood.discrete)},
        "left_out": {},
    }
    pictures = {}
    for name, (what, section) in _SECTIONS.items():
        if name == "annealed" and not options.annealed:
            found["left_out"][name] = "It takes minutes: ask for it by --annealed."
            continue
        say(what)
        try:
            found[name] = section(subject, options, found, pictures)
        except (Problem, ValueError, NotImplementedError) as error:
            found["left_out"][name] = one_line(error)
    return found, pictures


def _history(subject, options, found, pictures):
    path = pathlib.Path(subject.run)
    if not path.is_dir() or not RunFolder(path).history.is_file():
        raise Problem("There is no history.csv beside the model.")
    return RunFolder(path).read_history()


def _metrics(subject, options, found, pictures):
    if not subject.vae.compiled:  # one whose prior was fitted afterwards
        subject.vae.compile()
    return dict(subject.vae.evaluate(subject.dataset, verbose=0, return_dict=True))


def _log_likelihood(subject, options, found, pictures):
    from tfvae import evaluation

    estimate = evaluation.log_likelihood(
        subject.vae, subject.dataset, num_samples=options.num_samples, seed=options.seed, verbose=0
    )
    return {
        "value": estimate.mean,
        "standard_error": estimate.standard_error,
        "bits_per_dimension": estimate.bits_per_dimension,
        "num_samples": estimate.num_samples,
        "doubtful": int(estimate.doubtful.sum()),
        "per_example": estimate.per_example,
    }


def _annealed(subject, options, found, pictures):
    from tfvae import evaluation

    bounds = evaluation.annealed(
        subject.vae, subject.batches(options.examples), num_temperatures=_TEMPERATURES, seed=options.seed, verbose=0
    )
    names = ("lower", "simulated", "upper", "gap")
    return {
        **{name: likeness.number(getattr(bounds, name)) for name in names},
        "per_example": bounds.lower.per_example,
        "acceptance": bounds.acceptance,
        "temperatures": _TEMPERATURES,
        "examples": len(bounds.lower.per_example),
    }


def _gaps(subject, options, found, pictures):
    from tfvae import evaluation

    # The same seed and batches, so the bound is of the very x, also where the preprocessing draws them.
    known = found["annealed"]["per_example"] if "annealed" in found else None
    gaps = evaluation.gaps(
        subject.vae,
        subject.batches(options.examples),
        log_likelihood=known,
        num_samples=options.num_samples,
        seed=options.seed,
        verbose=0,
    )
    names = ("log_likelihood", "best_elbo", "elbo", "approximation", "amortisation")
    named = {name: likeness.number(getattr(gaps, name)) for name in names}
    counts = {"converged": int(gaps.converged.sum()), "doubtful": int(gaps.doubtful.sum())}
    return {**named, **counts, "examples": len(gaps.converged), "annealed": known is not None}


def _surgery(subject, options, found, pictures):
    from tfvae import evaluation

    parts = evaluation.surgery(subject.vae, subject.batches(options.examples), seed=options.seed, verbose=0)
    count = min(options.examples, len(subject.images))
    named = {name: likeness.number(part) for name, part in parts._asdict().items()}
    return {**named, "examples": count, "log_examples": math.log(count)}


def _activity(subject, options, found, pictures):
    from tfvae import evaluation

    return evaluation.activity(subject.vae, subject.dataset, seed=options.seed)._asdict()


def _reconstruction(subject, options, found, pictures):
    from tfvae import evaluation

    errors = evaluation.reconstruction(subject.vae, subject.dataset, verbose=0)
    named = {
        name: likeness.number(value) for name, value in errors._asdict().items() if hasattr(value, "standard_error")
    }
    return {**named, "ssim_window": errors.ssim_window}


def _probe(subject, options, found, pictures):
    accuracy = probe.accuracy(subject.opened, subject.vae, subject.info)
    if accuracy is None:
        raise Problem(_no_probe(subject))
    count = subject.info.num_examples
    return {"accuracy": accuracy, "standard_error": math.sqrt(accuracy * (1 - accuracy) / count)}


def _no_probe(subject):
    if modalities.needs_labels(subject.vae):
        return "The model itself is given the labels."
    if not subject.info.num_classes or subject.info.num_classes < 2:
        return "The data have no classes."
    return "The classifier would be tested on its training images."


def _fidelity(subject, options, found, pictures):
    from tfvae import evaluation

    if modalities.has(subject.vae):
        raise Problem("Samples are images with labels, and what is compared is pictures alone.")
    if tables.has(subject.vae):
        raise Problem("Samples are rows of a table, and what is compared is pictures alone.")
    path = likeness.kept(subject.opened.model_path.parent, subject.info)
    if not path.is_file():
        raise Problem(f"There is no {path}. It is kept there by tfvae evaluate RUN --samples N.")
    count = min(_SAMPLES, subject.info.num_examples)
    figures = evaluation.fidelity(
        subject.dataset, subject.vae, features.load(path), count=count, seed=options.seed, verbose=0
    )
    return {
        name: likeness.number(value) if hasattr(value, "standard_error") else value
        for name, value in figures._asdict().items()
    }


def _exports(subject, options, found, pictures):
    path = subject.opened.model_path
    run = pathlib.Path(subject.run)
    folder = pathlib.Path("saved_models", run.resolve().name if run.is_dir() else run.stem)
    entries = []
    for manifest in sorted(folder.glob("*/manifest.json")):
        if manifest.stat().st_mtime < path.stat().st_mtime:
            continue  # of an earlier model
        known = verified(manifest.parent)
        if "parity" in known:
            entries.append({"file": str(manifest.parent), "max_abs_error": max(known["parity"].values())})
        facts = ("max_abs_error", "psnr_db", "kl_nats")
        entries += [
            {"file": str(manifest.parent / name), **{fact: about.get(fact) for fact in facts}}
            for name, about in known["files"].items()
            if name.endswith(".tflite")
        ]
    if not entries:
        raise Problem(f"There is no export of this model in {folder}. Make one with tfvae export RUN.")
    return entries


# name: (what is said while it is measured, its function)
_SECTIONS = {
    "history": ("training curves", _history),
    "metrics": ("the objective", _metrics),
    "log_likelihood": ("log p(x)", _log_likelihood),
    "annealed": ("bounds on log p(x) from both sides", _annealed),
    "gaps": ("gaps of approximation and amortisation", _gaps),
    "surgery": ("parts of the ELBO", _surgery),
    "activity": ("activity of the latents", _activity),
    "reconstruction": ("errors of reconstructions", _reconstruction),
    "linear_probe": ("a linear probe", _probe),
    "fidelity": ("fidelity of samples", _fidelity),
    "data_copying": ("copies of training data", report_copying.measure),
    "exports": ("exports", _exports),
    "samples": ("samples", report_pictures.samples),
    "reconstructions": ("reconstructions", report_pictures.reconstructions),
    "map": ("a map of the latents", report_pictures.plane),
    "traversals": ("traversals", report_pictures.traversals),
}


def plain(value):
    """Returns figures as JSON has them: no arrays, and None for NaN and infinity.

    >>> plain({"a": (1.0, math.nan)})
    {'a': [1.0, None]}
    """
    import numpy as np

    if isinstance(value, dict):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(entry) for entry in (value.tolist() if isinstance(value, np.ndarray) else value)]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    json.dumps(value)  # refuses what JSON doesn't know
    return value
