#!/usr/bin/env python
"""Whether p-values keep their level: false alarms on ten data sets, a table of docs/truth.md.

On each data set a linear VAE is trained for a moment on 40 % of the rows. Of the others one half calibrates and the
other is judged, by several splits at random. As both halves are alike, the number of rows with p <= a is beta-binomial,
whatever the data are and the model is worth.
"""

import argparse
import math
from typing import NamedTuple

LEVELS = (0.05, 0.1)


class Found(NamedTuple):
    """False alarms on one data set at one level.

    Attributes:
        name: The data set.
        held_out: Rows that calibrate, n.
        judged: Rows that are judged.
        level: a.
        share: Of rows with p <= a, the mean over the splits.
        expected: 2 floor(a (n + 1) / 2) / (n + 1), of which each side has half.
        error: Standard error of `share`, by the law.
    """

    name: str
    held_out: int
    judged: int
    level: float
    share: float
    expected: float
    error: float

    @property
    def beyond(self):
        """By how many standard errors the share is above what is expected."""
        return (self.share - self.expected) / self.error


def parse(arguments=None):
    """Returns the parsed command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=20, help="of each training (default 20)")
    parser.add_argument("--splits", type=int, default=20, help="of the rows that weren't trained on (default 20)")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def tables():
    """Returns {name: rows [N, D]} of ten data sets that scikit-learn brings or makes."""
    from sklearn import datasets

    def drawn(maker, **others):
        return getattr(datasets, maker)(n_samples=1000, random_state=0, **others)[0]

    return {
        "digits": datasets.load_digits().data,
        "wine": datasets.load_wine().data,
        "breast cancer": datasets.load_breast_cancer().data,
        "iris": datasets.load_iris().data,
        "diabetes": datasets.load_diabetes().data,
        "moons": drawn("make_moons", noise=0.1),
        "circles": drawn("make_circles", noise=0.1, factor=0.5),
        "blobs": drawn("make_blobs", n_features=5),
        "swiss roll": drawn("make_swiss_roll", noise=0.3),
        "S curve": drawn("make_s_curve", noise=0.1),
    }


def measure(name, rows, epochs, splits, seed):
    """Returns a `Found` for each of `LEVELS`."""
    import keras
    import numpy as np
    from scipy import stats

    from tfvae import data, evaluation, recipes

    rng = np.random.default_rng([seed, *name.encode()])
    rows = rng.permutation(rows)
    train = rows[: round(0.4 * len(rows))]
    spread = train.std(axis=0)
    x = ((rows - train.mean(axis=0)) / np.where(spread > 0, spread, 1)).astype("float32")
    keras.utils.set_random_seed(seed)
    vae = recipes.ppca(x.shape[1:], 2, preprocessing=None)
    vae.compile(keras.optimizers.Adam(1e-2))
    vae.fit(data.from_array(x[: len(train)], batch_size=32), epochs=epochs, verbose=0)
    n = (len(x) - len(train)) // 2
    count = len(x) - len(train) - n

    def p_values(split):
        part = rng.permutation(x[len(train) :])
        held_out, judged = (data.from_array(half, batch_size=len(half)) for half in (part[:n], part[n:]))
        return evaluation.typicality(vae, held_out, 10, split, verbose=0).p_values(judged, split)

    p, found = np.array([p_values(split) for split in range(splits)]), []
    for level in LEVELS:
        # Of n + 1 ranks these are called, half of them at either end.
        called = 2 * math.floor(level / 2 * (n + 1))
        law = stats.betabinom(count, called, n + 1 - called)
        error = math.sqrt(law.var() / splits) / count
        found.append(Found(name, n, count, level, float(np.mean(p <= level)), called / (n + 1), error))
    return found


def main():
    """Trains, calibrates, judges, prints the table."""
    options = parse()
    print("| data set | calibrate | judged | " + " | ".join(f"at {level} | expected" for level in LEVELS) + " |")
    print("|---|---|---|" + "---|---|" * len(LEVELS))
    every = []
    for name, rows in tables().items():
        found = measure(name, rows, options.epochs, options.splits, options.seed)
        every += found
        cells = [f"{one.share:.1%} +- {one.error:.1%} | {one.expected:.1%}" for one in found]
        print(f"| {name} | {found[0].held_out} | {found[0].judged} | {' | '.join(cells)} |", flush=True)
    for level in LEVELS:
        beyond = [one.beyond for one in every if one.level == level]
        print(
            f"at {level}: {min(beyond):+.1f} to {max(beyond):+.1f} standard errors from the expected, over all "
            f"{sum(beyond) / math.sqrt(len(beyond)):+.1f}"
        )


if __name__ == "__main__":
    main()
