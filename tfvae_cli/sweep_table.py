"""A sweep as text: one line a run, one table of all, and which is best."""

from tfvae_cli import sweep_points

_DIGITS = {"loss": 2, "active_latents": 0, "seconds": 0}
_HEADS = {
    "elbo": "ELBO",
    "rate": "rate (KL)",
    "distortion": "distortion",
    "log_likelihood": "log p(x)",
    "loss": "loss",
    "active_latents": "active",
    "seconds": "seconds",
}


def table(found, front):
    """Returns the table of points, nats an example, as lines of text.

    Args:
        found: What `sweep_points.points` returned, at least one.
        front: Those that no other one beats, which get a star.
    """
    several = any(point.runs > 1 for point in found)
    names = [name for name in _HEADS if any(name in point.figures for point in found)]
    if "elbo" in names:  # the loss is another number for each objective
        names = [name for name in names if name != "loss"]
    axes = list(found[0].values)
    rows = [(*axes, *["seeds"] * several, *(_HEADS[name] for name in names), "")]
    for point in found:
        figures = [_text(name, *point.figures[name]) if name in point.figures else "-" for name in names]
        counts = [str(point.runs)] * several
        rows.append((*map(str, point.values.values()), *counts, *figures, "*" if point in front else ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _text(name, value, error):
    digits = _DIGITS.get(name, 2)
    if name == "active_latents" and value != int(value):
        digits = 1  # a mean over seeds
    return f"{value:.{digits}f}" + (f" +- {error:.2f}" if error is not None and name not in _DIGITS else "")


def line(values, figures):
    """Returns what is said of a run as soon as it is measured."""
    point = sweep_points.points([{"values": values, "figures": figures}])[0]
    names = ("elbo", "rate", "distortion", "log_likelihood") if "elbo" in point.figures else ("loss",)
    said = [name for name in (*names, "active_latents") if name in point.figures]
    return ", ".join(f"{_HEADS[name]} {_text(name, *point.figures[name])}" for name in said)


def verdicts(found, split):
    """Returns the lines that say which point is best by which measure.

    Args:
        found: What `sweep_points.points` returned.
        split: What it was measured on.
    """
    said = []
    for name, what in (("elbo", "ELBO"), ("log_likelihood", "log p(x)")):
        point = sweep_points.best(found, name)
        if point is not None:
            said.append(f"Best {what} of the {split} split: {called(point)}, {_text(name, *point.figures[name])} nats.")
    top, few = sweep_points.best(found, "elbo"), sweep_points.smallest(found)
    if top is not None and few is not None:
        over = f"over {top.runs} seeds" if top.runs > 1 else "over the examples"
        said.append(
            f"Fewest latents within one standard error ({top.figures['elbo'][1]:.2f}, {over}) of the best ELBO: "
            f"{called(few)}, {_text('elbo', *few.figures['elbo'])} nats."
        )
    return said


def called(point):
    """Returns a point's numbers as text.

    >>> called(sweep_points.Point({"latent_size": 4, "beta": 2.0}, {}, 1))
    'latent_size 4, beta 2.0'
    """
    return ", ".join(f"{name} {value}" for name, value in point.values.items()) or "all seeds"
