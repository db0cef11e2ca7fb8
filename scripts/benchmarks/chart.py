"""The chart: every training case, each contender's time over tfvae's."""

import json
import pathlib
import sys

_CASES = ("mlp", "conv", "images", "iwae", "evaluation")


def drawable(tables):
    """Returns the names of the cases that the chart shows."""
    return [name for name in _CASES if sum("ratio" in row for row in tables.get(name, [])) > 1]


def draw(tables, path):
    """Draws a bar for each contender: the time it takes for what tfvae does in one.

    Args:
        tables: {case: rows}, as `table.rows` gives them.
        path: Of the PNG.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn = drawable(tables)
    figure, axes = pyplot.subplots(1, len(drawn), figsize=(3.1 * len(drawn), 2.9), squeeze=False)
    for axis, name in zip(axes[0], drawn, strict=True):
        rows = [row for row in tables[name] if "ratio" in row and "draws" not in row["contender"]]
        rates = name == "evaluation"
        times = [1 / row["ratio"] if rates else row["ratio"] for row in rows]
        colors = ["#c0504d" if position == 0 else "#7f7f7f" for position in range(len(rows))]
        bars = axis.barh([row["contender"] for row in rows], times, color=colors)
        axis.bar_label(bars, fmt="%.2f", padding=2, fontsize=8)
        axis.invert_yaxis()
        axis.set_xlim(0, 1.2 * max(times))
        axis.set_title(name, fontsize=10)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("time, tfvae = 1", fontsize=9)
    figure.tight_layout()
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp.png")
    figure.savefig(temporary, dpi=110)
    pyplot.close(figure)
    temporary.replace(path)


if __name__ == "__main__":
    # In an environment with matplotlib, which the benchmark itself needn't have.
    draw(json.loads(pathlib.Path(sys.argv[1]).read_text()), sys.argv[2])
