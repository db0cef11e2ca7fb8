#!/usr/bin/env python
"""How well missing cells are filled, and how often intervals hold them: the table of docs/tables.md.

Takes cells of four sets of scikit-learn away completely at random, trains `recipes.table_iwae` on 70 % of the rows, and
fills the rest: root mean squared error, log score and coverage of 90 % intervals of the cells that were taken, beside
column means and scikit-learn's IterativeImputer. Errors are in standard deviations of a column, log scores in nats a
cell. Either of the others predicts a Gaussian, whose width is its own error on further cells of the training rows.

    PYTHONPATH=. .venv/bin/python scripts/documents/impute_tables.py
"""

import argparse
import json
import math

_SETS = ("iris", "wine", "breast_cancer", "diabetes")
_COVERAGE, _WIDTH = 0.9, 1.6448536


def parse(arguments=None):
    """Returns the parsed command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=_SETS, default=_SETS)
    parser.add_argument("--missing", nargs="+", type=float, default=[0.1, 0.3, 0.5], help="shares of cells taken")
    parser.add_argument("--repeats", type=int, default=1, help="other rows and other cells each time (default 1)")
    parser.add_argument("--epochs", type=int, default=200, help="at most, ended early by validation (default 200)")
    parser.add_argument("--num-samples", type=int, default=2000, help="draws of z a row (default 2,000)")
    parser.add_argument("--json", help="file to write all figures to")
    return parser.parse_args(arguments)


def case(name, share, seed, options):
    """Returns {method: (errors, log scores, inside)}, of each cell that was taken from the test rows."""
    import numpy as np
    from sklearn import datasets

    rng = np.random.default_rng(seed)
    rows = rng.permutation(getattr(datasets, f"load_{name}")().data)
    gaps = rng.random(rows.shape) < share
    # A row without any cell says nothing; it keeps one.
    empty = np.flatnonzero(gaps.all(axis=1))
    gaps[empty, rng.integers(0, rows.shape[1], len(empty))] = False
    count = round(0.7 * len(rows))
    holed = np.where(gaps, np.nan, rows)
    mean, stddev = np.nanmean(holed[:count], axis=0), np.nanstd(holed[:count], axis=0)
    rows, holed = (rows - mean) / stddev, (holed - mean) / stddev
    train, test, truth, gone = holed[:count], holed[count:], rows[count:], gaps[count:]
    methods = {"mean": _means, "IterativeImputer": _iterative, "table_iwae": _iwae}
    found = {}
    for method, fill in methods.items():
        filled, log_density, low, high = fill(train, test, truth, seed, options)
        inside = (low <= truth) & (truth <= high)
        found[method] = ((filled - truth)[gone], log_density[gone], inside[gone])
    return found


def _gaussian(filled, width, truth):
    import numpy as np

    log_density = -0.5 * ((truth - filled) / width) ** 2 - np.log(width) - 0.5 * math.log(2 * math.pi)
    return filled, log_density, filled - _WIDTH * width, filled + _WIDTH * width


def _means(train, test, truth, seed, options):
    import numpy as np

    del train, seed, options  # standardised: each mean is 0, each standard deviation 1
    return _gaussian(np.zeros_like(test), np.ones(test.shape[1]), truth)


def _iterative(train, test, truth, seed, options):
    import numpy as np
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    del options
    rng = np.random.default_rng(seed + 1)
    further = (rng.random(train.shape) < 0.2) & ~np.isnan(train)
    with_fewer = IterativeImputer(max_iter=50, random_state=0).fit(np.where(further, np.nan, train))
    errors = np.where(further, with_fewer.transform(np.where(further, np.nan, train)) - train, np.nan)
    width = np.sqrt(np.nanmean(errors**2, axis=0))
    return _gaussian(IterativeImputer(max_iter=50, random_state=0).fit(train).transform(test), width, truth)


def _iwae(train, test, truth, seed, options):
    import keras
    import numpy as np

    from tfvae import callbacks, data, evaluation, recipes

    keras.utils.set_random_seed(seed)
    names = [f"c{place}" for place in range(train.shape[1])]
    table = data.table({name: train[:, place] for place, name in enumerate(names)}, learn_from="all")
    vae = recipes.table_iwae(table)
    vae.compile(keras.optimizers.Adam(3e-3))
    kept = round(0.85 * len(train))
    learned, held_out = (
        data.from_array(part, batch_size=size, missing=True)
        for part, size in ((table.rows[:kept], 32), (table.rows[kept:], 256))
    )
    stop = callbacks.EarlyStopping(monitor="val_loss", patience=30, restore_best_weights=True)
    vae.fit(learned, validation_data=held_out, epochs=options.epochs, verbose=0, callbacks=[stop])
    found = evaluation.impute(vae, test, options.num_samples, 1, _COVERAGE, seed=seed)
    filled, low, high = (
        np.stack([each[name] for name in names], axis=1) for each in (found.mean, found.low, found.high)
    )
    return filled, _log_density(vae, test, truth, options.num_samples, seed), low, high


def _log_density(vae, test, truth, num_samples, seed):
    """Returns log p(cell|what is there of its row) of each cell, by the weights of `evaluation.impute`."""
    import numpy as np
    from scipy import special

    x, whole, found = vae.preprocess(test), vae.preprocess(truth), []
    scale = vae.preprocessing.log_jacobians()
    for row in range(len(test)):
        posterior = vae.encode_preprocessed(x[row : row + 1])
        inference = vae.infer_from(posterior, x[row : row + 1], None, num_samples, [seed, row])
        log_weight = special.log_softmax(np.asarray(inference.log_weight, "float64")[:, 0])
        laws = inference.likelihood.columns.values()
        each = [law.log_prob(whole[row, place, None]) for place, law in enumerate(laws)]
        found.append([special.logsumexp(log_weight + np.asarray(one, "float64")[:, 0]) for one in each])
    return np.array(found) + scale


def main():
    """Prints the table."""
    options = parse()
    import numpy as np

    every = []
    print(
        "| set | missing | cells | method | RMSE | log score | coverage of 90 % |\n|---|---:|---:|---|---:|---:|---:|"
    )
    for name in options.sets:
        for share in options.missing:
            cases = [case(name, share, seed, options) for seed in range(options.repeats)]
            for method in cases[0]:
                taken = zip(*(one[method] for one in cases), strict=True)
                errors, scores, inside = map(np.concatenate, taken)
                count = len(errors)
                row = {
                    "set": name,
                    "missing": share,
                    "cells": count,
                    "method": method,
                    "rmse": float(np.sqrt(np.mean(errors**2))),
                    "rmse_error": float(np.std(errors**2) / math.sqrt(count) / 2 / np.sqrt(np.mean(errors**2))),
                    "score": float(scores.mean()),
                    "score_error": float(scores.std() / math.sqrt(count)),
                    "coverage": float(inside.mean()),
                    "coverage_error": float(np.sqrt(inside.mean() * (1 - inside.mean()) / count)),
                }
                every.append(row)
                print(
                    f"| {name} | {100 * share:.0f} % | {count} | {method} "
                    f"| {row['rmse']:.2f} +- {row['rmse_error']:.2f} "
                    f"| {row['score']:.2f} +- {row['score_error']:.2f} "
                    f"| {row['coverage']:.3f} +- {row['coverage_error']:.3f} |",
                    flush=True,
                )
    if options.json:
        with open(options.json, "w") as file:
            json.dump(every, file, indent=1)


if __name__ == "__main__":
    main()
