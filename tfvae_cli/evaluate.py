"""`tfvae evaluate`: measures of a model's quality, as a table and as JSON."""

import json
import math
import sys
import warnings

from tfvae_cli import copying, factors, likeness, modalities, probe
from tfvae_cli.opened import Opened, file_name
from tfvae_cli.problem import Problem, one_line

# What is printed of the reconstructions, with the digits after the point.
_RECONSTRUCTION = (
    ("squared_error", "squared error", 3),
    ("psnr_db", "PSNR (dB)", 2),
    ("ssim", "SSIM", 4),
)


def evaluate(options):
    """Measures a model on held-out images. Returns the exit status."""
    split = options.split or "test"
    opened = Opened(options, f"evaluation-{file_name(split)}.json")
    likeness.check_options(options)
    vae = opened.load()
    dataset, info = opened.images()
    likeness.check_count(vae, options, info)
    factors.check(vae, options, info)
    result = {"model": str(opened.model_path), "dataset": info.name, "split": info.split, "images": info.num_examples}
    result |= _measure(vae, dataset, info.num_examples, options)
    result |= _reconstruction(vae, dataset, options)
    if options.samples is not None:
        network = likeness.network(opened, vae, info, options)
        result["fidelity"] = likeness.measure(vae, dataset, network, options, _verbose(options))
        result["data_copying"] = _data_copying(opened, vae, dataset, info, network, options)
    if options.factors:
        result["factors"] = factors.measure(opened, vae, options)
    if modalities.has(vae):
        result["label_from_image_accuracy"] = _label_from_image(vae, dataset)
    accuracy = probe.accuracy(opened, vae, info)
    if accuracy is not None:
        result["linear_probe_accuracy"] = accuracy
    _write(opened.output, result)
    if not options.quiet:
        print(_table(result))
        print(f"\n{opened.output}")
    return 0


def _verbose(options):
    return 1 if sys.stdout.isatty() and not options.quiet else 0


def _measure(vae, dataset, count, options):
    from tfvae import evaluation

    verbose = _verbose(options)
    found = {}
    dimensions = math.prod(vae.likelihood.event_shape)
    step, likelihood = vae.preprocessing, vae.likelihood
    # A probability is the same in any unit of x.
    jacobian = 0.0 if step is None or likelihood.discrete else step.log_jacobian(likelihood.event_shape)

    def bits(nats):
        # Where entries are missing their number differs by example; only the estimate counts them.
        return {} if vae.likelihood.takes_missing else {"bits_per_dimension": nats / (dimensions * math.log(2))}

    if not vae.compiled:  # one whose prior was fitted afterwards
        vae.compile()
    metrics = vae.evaluate(dataset, verbose=0, return_dict=True)
    if "elbo" in metrics:
        elbo = metrics["elbo"]
        found["elbo"] = {"nats": elbo, **bits(-elbo - jacobian)}
        estimate = evaluation.log_likelihood(
            vae, dataset, num_samples=options.num_samples, seed=options.seed, verbose=verbose
        )
        found["log_likelihood"] = {
            "nats": estimate.mean,
            **({"standard_error": estimate.standard_error} if count > 1 else {}),
            "bits_per_dimension": estimate.bits_per_dimension,
            "num_samples": estimate.num_samples,
            "doubtful": int(estimate.doubtful.sum()),
        }
    else:
        found["loss"] = {"nats": metrics["loss"]}
    if count < 2:
        warnings.warn("One example has no variance: no standard error, KL and active units.", UserWarning, stacklevel=1)
        return found
    active = evaluation.activity(vae, dataset, seed=options.seed)
    if active.kl_per_dimension is not None:
        kl = float(active.kl_per_dimension.sum())
        found["kl"] = {"nats": kl, **bits(kl)}
        found["kl_per_dimension"] = [float(value) for value in active.kl_per_dimension]
    found["active_units"] = int(active.active.sum())
    found["latent_units"] = len(active.active)
    return found


def _reconstruction(vae, dataset, options):
    """Returns the errors of the reconstructions; warns where the model's x is no picture that anybody knows."""
    from tfvae import evaluation

    try:
        found = evaluation.reconstruction(vae, dataset, verbose=_verbose(options))
    except ValueError as error:
        warnings.warn(f"No errors of reconstructions: {error}", UserWarning, stacklevel=1)
        return {}
    names = {"psnr": "psnr_db"}
    estimates = {
        names.get(name, name): likeness.number(value)
        for name, value in found._asdict().items()
        if isinstance(value, evaluation.Estimate)
    }
    window = {} if found.ssim_window is None else {"ssim_window": found.ssim_window}
    return {"reconstruction": {**estimates, **window}}


def _data_copying(opened, vae, dataset, info, network, options):
    """Returns the figures of the test of copies, or why these images can't be its yardstick."""
    try:
        verbose = _verbose(options)
        return copying.figures(
            copying.asked(opened, vae, dataset, info, network, options.samples, options.seed, verbose)
        )
    except (Problem, ValueError) as error:
        return {"left_out": one_line(error)}


def _label_from_image(vae, dataset):
    """Returns how often the most probable label at the mean of q(z|image) is the image's own, where that is known."""
    import numpy as np

    right = known = 0
    for batch in dataset.as_numpy_iterator():
        told = np.asarray(vae({"image": batch["image"]})["label"]).argmax(axis=-1)
        there = ~np.isnan(batch["label"]).any(axis=-1)
        right += int(np.sum(told[there] == batch["label"][there].argmax(axis=-1)))
        known += int(np.sum(there))
    return right / known if known else None


def _write(path, result):
    from tfvae.files import whole

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(path) as temporary:
        temporary.write_text(json.dumps(result, indent=2) + "\n")


def _table(result):
    """Returns the result as a readable table."""
    rows = [("", "nats per image", "bits per dimension")]
    for name, label in (
        ("log_likelihood", "log p(x)"),
        ("elbo", "ELBO"),
        ("kl", "KL(q(z|x) || p(z))"),
        ("loss", "loss"),
    ):
        entry = result.get(name)
        if entry is None:
            continue
        error = f" +- {entry['standard_error']:.2f}" if "standard_error" in entry else ""
        per_dimension = f"{entry['bits_per_dimension']:.4f}" if "bits_per_dimension" in entry else ""
        rows.append((label, f"{entry['nats']:.2f}{error}", per_dimension))
        if entry.get("doubtful"):
            # The weights of their draws have a heavy tail: more draws would find more.
            few = f"{entry['doubtful']} of {result['images']:,}"
            rows.append(("  too low, likely, for", few, "raise --num-samples"))
    if "active_units" in result:
        rows.append(("active latent units", f"{result['active_units']} of {result['latent_units']}", ""))
    if "linear_probe_accuracy" in result:
        rows.append(("linear probe's accuracy", f"{result['linear_probe_accuracy']:.3f}", ""))
    if result.get("label_from_image_accuracy") is not None:
        rows.append(("accuracy of p(label|image)", f"{result['label_from_image_accuracy']:.3f}", ""))
    for name, label, digits in _RECONSTRUCTION:
        if name in result.get("reconstruction", {}):
            rows.append((label, likeness.text(result["reconstruction"][name], digits), ""))
    rows += likeness.rows(result.get("fidelity")) + copying.rows(result.get("data_copying"))
    rows += factors.rows(result.get("factors"))
    head = f"{result['model']} on {result['images']:,} images, {result['dataset']} {result['split']}"
    return "\n".join([head, *(f"  {a:24} {b:>20} {c:>20}".rstrip() for a, b, c in rows)])
