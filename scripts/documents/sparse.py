#!/usr/bin/env python
"""Peak memory and examples a second of a sparse matrix, read and trained on batch by batch: figures of docs/counts.md.

The matrix has --rows x --columns entries, of which a share --filled is stored. Memory is the process's peak resident
set, after TensorFlow is loaded, after the matrix is made, after a pass over its batches, and after training.

    PYTHONPATH=. .venv/bin/python scripts/documents/sparse.py
"""

import argparse
import resource
import time


def parse(arguments=None):
    """Returns the parsed command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20_000)
    parser.add_argument("--filled", type=float, default=0.01, help="share of entries that are stored (default 0.01)")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=200, help="of training; 0 for none (default 200)")
    return parser.parse_args(arguments)


def matrix(rows, columns, filled, seed=0):
    """Returns a CSR matrix of counts, float32, as many in each row."""
    import numpy as np
    import scipy.sparse

    rng = np.random.default_rng(seed)
    each = round(columns * filled)
    # One place in each of `each` stretches of columns: no entry is stored twice.
    width = columns // each
    places = np.arange(each, dtype="int32") * width + rng.integers(width, size=(rows, each), dtype="int32")
    values = rng.geometric(0.4, rows * each).astype("float32")
    return scipy.sparse.csr_matrix((values, places.ravel(), np.arange(rows + 1) * each), (rows, columns))


def peak():
    """Returns the peak resident set of the process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments=None):
    """Prints the figures."""
    options = parse(arguments)
    from tfvae import data, recipes

    print(f"loaded: {peak():,.0f} MiB", flush=True)
    x = matrix(options.rows, options.columns, options.filled)
    stored = (x.data.nbytes + x.indices.nbytes + x.indptr.nbytes) / 2**20
    dense = options.rows * options.columns * 4 / 2**20
    print(f"made: {peak():,.0f} MiB; the matrix takes {stored:,.0f}, dense it would take {dense:,.0f}", flush=True)
    dataset = data.from_sparse(x, batch_size=options.batch_size)
    start, count = time.perf_counter(), 0
    for batch in dataset:
        count += int(batch.shape[0])
    seconds = time.perf_counter() - start
    print(f"read: {peak():,.0f} MiB; {count / seconds:,.0f} examples/s", flush=True)
    if options.steps:
        vae = recipes.count_vae((options.columns,), 10)
        vae.compile("adam")
        endless = data.from_sparse(x, batch_size=options.batch_size, endless=True)
        vae.fit(endless, steps_per_epoch=options.steps, epochs=1, verbose=0)
        start = time.perf_counter()
        vae.fit(endless, steps_per_epoch=options.steps, epochs=1, verbose=0)
        seconds = time.perf_counter() - start
        examples = options.steps * options.batch_size / seconds
        print(f"trained: {peak():,.0f} MiB; {examples:,.0f} examples/s", flush=True)


if __name__ == "__main__":
    main()
