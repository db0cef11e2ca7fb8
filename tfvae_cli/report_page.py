"""A report's page: HTML of its figures and pictures, whole in one file. Nothing is measured here."""

import html
import pathlib
import string

from tfvae_cli import report_charts, report_copying
from tfvae_cli import report_elements as elements

_TEMPLATE = pathlib.Path(__file__).with_name("report.html")
_CURVES = ("elbo", "kl", "loss")
_NATS = "Nats an example, ± one standard error over the examples."


def page(document, pictures):
    """Returns the page.

    Args:
        document: What the JSON file holds; see `report.report`.
        pictures: {name: uint8 [H, W, channels]} of each run.
    """
    runs = document["runs"]
    data = runs[0]["data"]
    about = (
        f"{data['images']:,} images of {data['name']}, split {data['split']}, shape {'x'.join(map(str, data['shape']))}"
    )
    content = [_comparison(runs, document["differences"])] if len(runs) > 1 else []
    for place, (run, drawn) in enumerate(zip(runs, pictures, strict=True)):
        content.append(_run(run, drawn, place, alone=len(runs) == 1))
    title = f"Report on {runs[0]['run']}" if len(runs) == 1 else f"Comparison of {len(runs)} runs"
    return string.Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        about=html.escape(about),
        content="\n".join(content),
        version=html.escape(str(document["tfvae"])),
        seed=html.escape(str(document["seed"])),
    )


def _comparison(runs, differences):
    """Returns the table of several runs, and that of their paired differences to the first."""
    heads = ("run", "log p(x), nats", "bits/dim", "ELBO", "active units", "squared error", "SSIM", "linear probe")
    rows = [[elements.link(place, run["run"]), *_summary(run)] for place, run in enumerate(runs)]
    table = elements.table(
        heads, rows, "Each run by itself, ± one standard error over the examples; - where it has none."
    )
    first = runs[0]["run"]
    paired = [
        [
            html.escape(found["run"]),
            elements.words(found["left_out"]) if "left_out" in found else elements.number(found, 3),
        ]
        for found in differences
    ]
    difference = elements.table(
        ("run", f"log p(x) - that of {first}, nats"),
        paired,
        "Paired: the mean over the examples of each one's own difference, ± its standard error. More is better.",
    )
    return elements.card("comparison", "Side by side", table + difference, level=2)


def _summary(run):
    log_p, errors = run.get("log_likelihood"), run.get("reconstruction", {})
    activity, probe = run.get("activity"), run.get("linear_probe")
    return (
        elements.number(log_p, 2),
        elements.digits(log_p and log_p["bits_per_dimension"], 4),
        elements.digits(run.get("metrics", {}).get("elbo"), 2),
        f"{sum(activity['active'])} of {len(activity['active'])}" if activity else "-",
        elements.number(errors.get("squared_error"), 3),
        elements.number(errors.get("ssim"), 4),
        elements.number(probe and {"value": probe["accuracy"], "standard_error": probe["standard_error"]}, 3),
    )


def _run(run, pictures, place, alone):
    sections = [
        elements.card(f"{name}-{place}", title, draw(run, pictures)) for name, title, draw in _SECTIONS if name in run
    ]
    titles = {name: title for name, title, _ in _SECTIONS}
    lacking = "".join(
        f"<li>{html.escape(titles[name])}: {html.escape(reason)}</li>" for name, reason in run["left_out"].items()
    )
    if lacking:
        sections.append(elements.card(f"left-out-{place}", "Left out", f"<ul>{lacking}</ul>"))
    head = f'<h2 id="run-{place}">{"Model" if alone else html.escape(run["run"])}</h2>'
    model = f'<p><code>{html.escape(run["model"])}</code></p><p class="quiet">{run["parameters"]:,} parameters</p>'
    return head + model + "\n".join(sections)


def _history(run, pictures):
    history = run["history"]
    names = [name for name in _CURVES if name in history and not (name == "loss" and "elbo" in history)]
    charts = []
    for name in names:
        last = [f"{key} {elements.digits(history[key][-1], 2)}" for key in (name, f"val_{name}") if history.get(key)]
        alt = f"{name} over {len(history[name])} epochs; at the end {', '.join(last)}"
        charts.append(f"<div>{elements.image(report_charts.curves(name, history), alt)}</div>")
    return f'<div class="row">{"".join(charts)}</div>'


def _metrics(run, pictures):
    rows = [(html.escape(name), elements.digits(value, 3)) for name, value in run["metrics"].items()]
    return elements.table(
        ("metric", "mean"), rows, "As model.evaluate gives them; ELBO, KL and loss in nats an example."
    )


def _log_likelihood(run, pictures):
    found = run["log_likelihood"]
    rows = [
        ("log p(x), nats", elements.number(found, 2)),
        ("bits per dimension", elements.digits(found["bits_per_dimension"], 4)),
    ]
    doubt = ""
    if found["doubtful"]:
        of = f"{found['doubtful']:,} of {run['data']['images']:,} examples"
        doubt = f"<p>Too low, most likely, for {of}, whose weights have a heavy tail: raise --num-samples.</p>"
    about = f"By importance weighting with {found['num_samples']:,} draws of z an example, a lower bound on average."
    return elements.table(("", "value"), rows, about) + doubt


def _annealed(run, pictures):
    found = run["annealed"]
    rows = [
        ("annealed from below, the data", elements.number(found["lower"], 2)),
        ("annealed from below, draws of the model", elements.number(found["simulated"], 2)),
        ("annealed from above, draws of the model", elements.number(found["upper"], 2)),
        ("gap between the last two", elements.number(found["gap"], 2)),
    ]
    about = (
        f"{found['examples']} examples, {found['temperatures']} temperatures, {found['acceptance']:.0%} of the moves "
        f"accepted. {_NATS}"
    )
    return elements.table(("log p(x)", "nats"), rows, about)


def _gaps(run, pictures):
    found = run["gaps"]
    rows = [
        ("log p(x)", elements.number(found["log_likelihood"], 2)),
        ("approximation gap: what the family of q(z|x) lacks", elements.number(found["approximation"], 2)),
        ("ELBO at the best q of the family", elements.number(found["best_elbo"], 2)),
        ("amortisation gap: what the encoder lacks", elements.number(found["amortisation"], 2)),
        ("ELBO", elements.number(found["elbo"], 2)),
    ]
    notes = "log p(x) is the annealed bound from below. " if found["annealed"] else ""
    notes += f"{found['converged']} of {found['examples']} searches for the best q came to an end."
    if found["doubtful"]:
        notes += f" log p(x) is too low, most likely, for {found['doubtful']}, and so is the approximation gap."
    return elements.table(("", "nats"), rows, f"{found['examples']} examples. {_NATS}") + f"<p>{notes}</p>"


def _surgery(run, pictures):
    found = run["surgery"]
    rows = [
        ("reconstruction, E[log p(x|z)]", elements.number(found["reconstruction"], 2)),
        ("- mutual information of example and z", elements.number(found["mutual_information"], 2)),
        ("- KL(q(z) || p(z)) of all codes from the prior", elements.number(found["marginal_kl"], 2)),
        ("= ELBO", elements.number(found["elbo"], 2)),
    ]
    about = (
        f"{found['examples']} examples; mutual information is at most their log, {found['log_examples']:.2f}. Nats an "
        "example, ± one standard error over draws of z."
    )
    return elements.table(("", "nats"), rows, about)


def _activity(run, pictures):
    found = run["activity"]
    active, kl = found["active"], found["kl_per_dimension"]
    what = "KL from the prior, nats" if kl is not None else "variance of the mean of q(z|x)"
    said = f"{sum(active)} of {len(active)} dimensions are active"
    values = [value or 0.0 for value in (kl if kl is not None else found["mean_variance"])]
    chart = elements.image(report_charts.bars(values, active), f"{what}, of each dimension; {said}")
    about = f"<p>{said}: the mean of q(z|x) varies there by more than 0.01.</p>"
    return f"{about}<figure>{chart}{elements.caption(what)}</figure>"


def _reconstruction(run, pictures):
    found = run["reconstruction"]
    window = "" if found["ssim_window"] is None else f", window of {found['ssim_window']} pixels"
    names = (
        ("squared_error", "squared error", 3),
        ("squared_error_per_entry", "squared error an entry", 5),
        ("psnr", "PSNR, dB", 2),
        ("ssim", f"SSIM{window}", 4),
    )
    rows = [(label, elements.number(found[name], digits)) for name, label, digits in names if name in found]
    return elements.table(("", "mean"), rows, "Of the mean of p(x|z) at the mean of q(z|x); ± one standard error.")


def _probe(run, pictures):
    found = run["linear_probe"]
    value = {"value": found["accuracy"], "standard_error": found["standard_error"]}
    about = "of a linear classifier on the means of q(z|x), fitted to training images"
    return f"<p>Accuracy {elements.number(value, 3)} {about}.</p>"


def _fidelity(run, pictures):
    found = run["fidelity"]
    names = ("frechet", "frechet_extrapolated", "kernel", "precision", "recall", "density", "coverage")
    rows = [(name.replace("_", ", "), elements.number(found[name], 3)) for name in names if name in found]
    about = f"{found['num_images']:,} samples and as many images, in the features of {found['network']}."
    return elements.table(("", "value"), rows, about)


def _exports(run, pictures):
    facts = (("max_abs_error", ".1e"), ("psnr_db", ".1f"), ("kl_nats", ".1e"))
    rows = [
        (html.escape(entry["file"]), *(elements.form(entry.get(fact), form) for fact, form in facts))
        for entry in run["exports"]
    ]
    heads = ("file", "largest error", "PSNR, dB", "KL, nats")
    return elements.table(heads, rows, "Distance from Keras, as it was found when the files were written.")


def _samples(run, pictures):
    return elements.picture(pictures["samples"], f"{run['samples']['count']} decoded draws of p(z)")


def _reconstructions(run, pictures):
    said = f"{run['reconstructions']['count']} images, each with its reconstruction to the right"
    return elements.picture(pictures["reconstructions"], said)


def _map(run, pictures):
    found = run["map"]
    explained = found["explained"]
    axes = (
        "The latents"
        if explained is None
        else f"The first two principal components ({sum(explained):.0%} of the variance)"
    )
    coloured = "" if found["labels"] is None else ", coloured by label"
    said = f"{axes} of the means of q(z|x) of {len(found['points']):,} images{coloured}."
    if found["labels"] is not None and max(found["labels"]) >= len(report_charts.COLOURS):
        said += f" The colours repeat after {len(report_charts.COLOURS)} labels."
    chart = report_charts.scatter(found["points"], found["labels"], found["label_names"])
    return f"<figure>{elements.image(chart, said)}{elements.caption(said)}</figure>"


def _traversals(run, pictures):
    rows = ", ".join(map(str, run["traversals"]["dimensions"]))
    said = (
        f"Each row is one dimension of z, from the top {rows}; it runs from the 2nd to the 98th percentile of its "
        "means while the others stay where the first image is."
    )
    return elements.picture(pictures["traversals"], said)


_SECTIONS = (
    ("history", "Training", _history),
    ("samples", "Samples", _samples),
    ("reconstructions", "Reconstructions", _reconstructions),
    ("traversals", "Traversals of the latents", _traversals),
    ("map", "Map of the latents", _map),
    ("log_likelihood", "log p(x)", _log_likelihood),
    ("annealed", "Bounds on log p(x) from both sides", _annealed),
    ("metrics", "The objective", _metrics),
    ("gaps", "Where the nats are lost", _gaps),
    ("surgery", "Parts of the ELBO", _surgery),
    ("activity", "Activity of the latents", _activity),
    ("reconstruction", "Errors of reconstructions", _reconstruction),
    ("linear_probe", "Linear probe", _probe),
    ("fidelity", "Fidelity of samples", _fidelity),
    ("data_copying", "Copies of training data", report_copying.section),
    ("exports", "Exports", _exports),
)
