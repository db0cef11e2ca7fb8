"""`tfvae impute`: what is missing of a table, filled by a model of its columns."""

import pathlib

from tfvae_cli import tables
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem


def impute(options):
    """Writes a table with its gaps filled. Returns the exit status."""
    path = pathlib.Path(options.table).expanduser()
    if path.suffix.lower() not in tables.SUFFIXES or not path.is_file():
        raise Problem(f"{path}: expected a file *{' or *'.join(tables.SUFFIXES)}.")
    opened = Opened(options, "filled.csv", others=(".parquet",))
    vae = opened.load()
    if not tables.has(vae):
        raise Problem(
            f"{opened.model_path} is no model of a table. Train one: tfvae train --dataset {path} --output "
            f"runs/{path.stem}"
        )
    found, rows = tables.read(vae, path)

    import numpy as np

    from tfvae import evaluation

    filled = evaluation.impute(vae, rows, options.num_samples, 1, options.coverage, seed=options.seed)
    best = filled.draws if options.draw else filled.mean
    gaps, result = 0, {name: _plain(cells) for name, cells in found.items()}
    for place, (name, column) in enumerate(vae.preprocessing.columns.items()):
        gone = np.isnan(rows[:, place])
        gaps += int(gone.sum())
        values = _plain(best[name][0] if options.draw else best[name])
        # A cell that is there stays as the file has it; NumPy has whole numbers with gaps as floats.
        whole = column.step is not None or column.named is not None
        there = [
            int(cell) if whole and isinstance(cell, float) and cell == cell else cell
            for cell in result.get(name, values)
        ]
        result[name] = [value if gap else cell for value, cell, gap in zip(values, there, gone, strict=True)]
        if options.intervals and name in filled.low and gone.any():
            for end, cells in (("low", _plain(filled.low[name])), ("high", _plain(filled.high[name]))):
                result[f"{name} {end}"] = [cell if gap else None for cell, gap in zip(cells, gone, strict=True)]
    tables.write(opened.output, result)
    few = int((filled.effective_draws < 10).sum())
    print(f"{opened.output}  {len(rows):,} rows, {gaps:,} cells filled{_doubt(few)}")
    return 0


def _doubt(few):
    return f"; of {few:,} rows less than 10 draws count: more --num-samples" if few else ""


def _plain(cells):
    """Returns cells as a list of Python's own values; dates without a time of day are dates."""
    import numpy as np

    values = np.asarray(cells)
    days = values.astype("datetime64[D]") if values.dtype.kind == "M" else values
    return (days if values.dtype.kind != "M" or (days == values)[~np.isnat(values)].all() else values).tolist()
