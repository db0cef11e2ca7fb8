"""The picture of a sweep: rate against distortion.

Reference: Alemi et al. (2018), Fixing a broken ELBO, arXiv 1711.00464.
"""

from typing import Any

_AXES = ("rate", "distortion")
_BLUE, _ORANGE, _GREY = "#1f6fb4", "#b45309", "#66666b"
# Where a label is tried, in points from its own: right above first, as the front falls to the right.
_PLACES = [(7, 5), (-7, 5), (7, -12), (-7, -12), (10, -3), (-10, -3), (0, 10), (0, -16)]
_PLACES += [(3 * right, 2.6 * up) for right, up in _PLACES]


def draw(path, entries, found, front, where):
    """Writes the PNG: a small dot a run, a labelled point for their mean over seeds, and lines of equal ELBO.

    Args:
        path: The PNG.
        entries: The runs that were measured, of `Record.entries`.
        found: Their `sweep_points.points`, each with an ELBO.
        front: The points that no other one beats, by rising rate.
        where: Which data, for the axes.
    """
    # Uses the object interface with its own canvas: pyplot would keep figures and choose a display backend.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from tfvae.files import whole

    figure = Figure(figsize=(7.2, 5.4), layout="constrained", dpi=130)
    canvas = FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot()
    places, best = ([tuple(point.figures[name][0] for name in _AXES) for point in some] for some in (found, front))
    runs = [tuple(entry["figures"][name] for name in _AXES) for entry in entries]
    if len(runs) > len(places):
        axes.scatter(*zip(*runs, strict=True), s=9, color=_BLUE, alpha=0.4, linewidths=0, label="a run")
    label = "mean over seeds" if len(runs) > len(places) else "a run"
    axes.scatter(*zip(*places, strict=True), s=34, color=_BLUE, zorder=3, label=label)
    ring = {"marker": "o", "markersize": 10, "markerfacecolor": "none", "label": "no other is better in both"}
    axes.plot(*zip(*best, strict=True), color=_ORANGE, linewidth=1.6, zorder=2, **ring)
    axes.margins(0.09)
    axes.set_xlabel("rate: KL(q(z|x) || p(z)), nats")
    axes.set_ylabel("distortion: -E log p(x|z), nats")
    axes.set_title(f"{where}. Beside the points: {', '.join(found[0].values) or 'all seeds'}", fontsize=10)
    levels = _lines(axes)
    figure.legend(frameon=False, fontsize=9, loc="outside lower center", ncols=4)
    canvas.draw()
    taken = [text.get_window_extent(canvas.get_renderer()) for text in levels]
    _label(axes, canvas, places, [", ".join(map(str, point.values.values())) for point in found], taken)
    with whole.replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _lines(axes):
    """Draws the lines of equal ELBO behind the points; returns their numbers, each where its line ends."""
    from matplotlib.ticker import MaxNLocator

    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    texts = []
    for elbo in MaxNLocator(10).tick_values(-(right + top), -(left + bottom)):
        start, end = max(left, -elbo - top), min(right, -elbo - bottom)
        if start >= end:
            continue
        label = {} if texts else {"label": "equal ELBO"}
        axes.plot([start, end], [-elbo - start, -elbo - end], "--", color=_GREY, linewidth=0.7, zorder=0, **label)
        text = f"{elbo:g}".replace("-", "\N{MINUS SIGN}")
        below = "center" if end == right else "bottom"  # at the right edge, or at the lower one
        look = {"fontsize": 7.5, "color": _GREY, "ha": "right", "va": below, "clip_on": True, "zorder": 1}
        plain = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        end -= 0.008 * (right - left)
        texts.append(axes.text(end, -elbo - end, text, bbox=plain, **look))
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    return texts


def _label(axes, canvas, places, texts, taken):
    """Writes each text beside its point, where it covers no point and no other text as far as there is such a place."""
    import numpy as np
    from matplotlib.transforms import Bbox

    renderer = canvas.get_renderer()
    centres = axes.transData.transform(np.asarray(places, "float64"))
    taken = [*taken, *(Bbox.from_extents(*(centre - 6), *(centre + 6)) for centre in centres)]
    frame = axes.get_window_extent(renderer)
    for place, text in zip(places, texts, strict=True):
        tried = []
        for right, up in _PLACES:
            side = "left" if right > 0 else "right" if right < 0 else "center"
            written = axes.annotate(text, place, (right, up), textcoords="offset points", ha=side, fontsize=9, zorder=4)
            box = written.get_window_extent(renderer)
            inside = frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1)
            tried.append((sum(box.overlaps(other) for other in taken) + (not inside), len(tried), written, box))
            if not tried[-1][0]:
                break
        chosen = min(tried, key=lambda each: each[:2])
        for each in tried:
            if each is not chosen:
                each[2].remove()
        taken.append(chosen[3])
