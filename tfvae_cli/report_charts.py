"""A report's charts, as SVG whose colours follow the reader's theme."""

import base64
import io
from typing import Any

_TEXT = "#010203"  # stands for the page's own text colour until the chart is done
# Colours for light and for dark pages, as those of the explorer; those of the first two are the charts' own.
COLOURS = (
    ("#1f6fb4", "#6fb3ec"),
    ("#b45309", "#f2a65a"),
    ("#1f8a3b", "#6fcf84"),
    ("#c4262e", "#ff8080"),
    ("#7c4fb5", "#bc9bf0"),
    ("#85554a", "#c99d91"),
    ("#c23b95", "#f193d0"),
    ("#66666b", "#b5b5bb"),
    ("#7d7a00", "#d3cf5c"),
    ("#0b8494", "#5ed0dd"),
)
_BARS = 100


def curves(name, history):
    """Returns the chart of a metric over the epochs, of training and validation.

    Args:
        name: The metric.
        history: {metric: [value of each epoch, or None]}.
    """
    figure, axes = _figure(3.0, 2.3)
    for key, label, (colour, _) in ((name, "training", COLOURS[0]), (f"val_{name}", "validation", COLOURS[1])):
        values = [float("nan") if value is None else value for value in history.get(key, [])]
        if any(value == value for value in values):
            axes.plot(
                range(1, len(values) + 1), values, color=colour, label=label, marker="." if len(values) < 2 else ""
            )
    axes.set_xlabel("epoch")
    axes.set_title(f"{name} (nats)" if name in ("elbo", "kl", "loss") else name)
    _whole_numbers(axes)
    _legend(axes)
    return _uri(figure)


def bars(values, active):
    """Returns the chart of numbers of latent dimensions, the largest first; what isn't active is hatched.

    Args:
        values: [D], not all of which are drawn where there are very many.
        active: bool [D].
    """
    order = sorted(range(len(values)), key=lambda place: -values[place])[:_BARS]
    figure, axes = _figure(6.6, 2.4)
    for label, wanted, hatch in (("active", True, None), ("not active", False, "////")):
        places = [rank for rank, dimension in enumerate(order) if bool(active[dimension]) == wanted]
        if places:
            heights = [values[order[rank]] for rank in places]
            look: Any = {"color": COLOURS[0][0]} if hatch is None else {"facecolor": "none", "edgecolor": COLOURS[1][0]}
            axes.bar(places, heights, hatch=hatch, label=label, **look)
    if len(order) <= 24:
        axes.set_xticks(range(len(order)), [str(dimension) for dimension in order])
        axes.set_xlabel("dimension")
    else:
        axes.set_xlabel("dimensions, the largest first")
    axes.margins(x=0.01)
    _legend(axes)
    return _uri(figure)


def scatter(points, labels, names):
    """Returns the map of points [N, 2], coloured by label where there are labels.

    Args:
        points: [N, 2].
        labels: int [N], -1 where a label isn't known, or None.
        names: What each label is called, or None.
    """
    figure, axes = _figure(5.4, 4.6)
    groups = sorted(set(labels)) if labels is not None else [None]
    for group in groups:
        some = [point for place, point in enumerate(points) if labels is None or labels[place] == group]
        colour = COLOURS[(group or 0) % len(COLOURS)][0] if group != -1 else _TEXT
        label = None if group is None else "unknown" if group < 0 else names[group] if names else str(group)
        axes.scatter(*zip(*some, strict=True), s=12, color=colour, alpha=0.75, linewidths=0, label=label)
    axes.set_aspect("equal", adjustable="datalim")
    if 1 < len(groups) <= 2 * len(COLOURS):
        _legend(axes, loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.1, markerscale=2)
    return _uri(figure)


def _figure(width, height):
    """Returns a figure of so many inches, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_TEXT)
    axes.tick_params(colors=_TEXT, labelsize=9)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set(color=_TEXT, fontsize=10)
    axes.grid(color=_TEXT, alpha=0.15)
    axes.set_axisbelow(True)
    return figure, axes


def _whole_numbers(axes):
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _legend(axes, **where):
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(handles, labels, frameon=False, labelcolor=_TEXT, fontsize=9, **where)


def _uri(figure):
    """Returns the figure as a data URI whose colours are those of the reader's theme."""
    import matplotlib

    file = io.BytesIO()
    # Neither the time nor random names: the same figures make the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "report"}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = file.getvalue().decode()
    pairs = ((_TEXT, ("#1d1d20", "#ececef")), *((light, (light, dark)) for light, dark in COLOURS))
    themes = ["", ""]
    for number, (drawn, both) in enumerate(pairs):
        svg = svg.replace(drawn, f"var(--c{number})")
        themes = [f"{theme}--c{number}:{colour};" for theme, colour in zip(themes, both, strict=True)]
    style = f"<style>:root{{{themes[0]}}}@media screen and (prefers-color-scheme:dark){{:root{{{themes[1]}}}}}</style>"
    start = svg.index("<svg")
    end = svg.index(">", start) + 1
    svg = svg[start:end] + style + svg[end:]
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
