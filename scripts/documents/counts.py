#!/usr/bin/env python
"""What the three recipes of counts find in data in which it was planted: the figures of docs/counts.md.

Words of documents with planted topics, purchases of users in planted groups, and genes of cells in planted clusters
whose library sizes vary fifty-fold. Each recipe is trained once for each seed.

    PYTHONPATH=. .venv/bin/python scripts/documents/counts.py
"""

import argparse


def parse(arguments=None):
    """Returns the parsed command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("topics", "purchases", "genes"), help="one of the three")
    parser.add_argument("--seeds", type=int, default=3, help="data sets and trainings of each (default 3)")
    return parser.parse_args(arguments)


def documents(seed, count=2000, words=500, topics=8, length=80):
    """Returns counts [N, D] of words, and the words of each topic [K, D / (2 K)]; the other half is of no topic."""
    import numpy as np

    rng = np.random.default_rng(seed)
    own = words // (2 * topics)
    laws = np.zeros((topics, words))
    common = rng.gamma(2.0, size=words)
    for number, law in enumerate(laws):
        law[:] = 0.5 * common / common.sum()
        law[number * own : (number + 1) * own] += 0.5 / own
    shares = rng.dirichlet(np.full(topics, 0.2), count)
    x = np.stack([rng.multinomial(rng.poisson(length) + 1, share @ laws / (share @ laws).sum()) for share in shares])
    return x.astype("float32"), np.arange(topics * own).reshape(topics, own)


def purchases(seed, count=4000, items=400, groups=8, bought=30):
    """Returns purchases [N, D] of 0 and 1: users of two groups each, in which some items are popular."""
    import numpy as np

    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, items + 1) ** 0.7
    group = rng.integers(groups, size=items)
    x = np.zeros((count, items), "float32")
    for row in x:
        liked = np.isin(group, rng.choice(groups, 2, replace=False))
        chance = popularity * np.where(liked, 1.0, 0.1)
        row[rng.choice(items, rng.integers(bought // 2, 2 * bought), replace=False, p=chance / chance.sum())] = 1
    return x


def cells(seed, count=2000, genes=1000, clusters=6, dispersion=2.0):
    """Returns counts [N, D] of genes, the cluster of each cell and its library size before the draw."""
    import numpy as np

    rng = np.random.default_rng(seed)
    base = rng.normal(0, 1.5, genes)
    # Three in ten genes differ between clusters.
    shift = rng.normal(0, 0.6, (clusters, genes)) * (rng.random(genes) < 0.3)
    cluster = rng.integers(clusters, size=count)
    proportions = np.exp(base + shift[cluster])
    library = np.exp(rng.normal(np.log(3000), 1.0, count))
    mean = library[:, None] * proportions / proportions.sum(axis=1, keepdims=True)
    return rng.poisson(mean * rng.gamma(dispersion, 1 / dispersion, mean.shape)).astype("float32"), cluster, library


def trained(make, x, epochs, rate, seed):
    """Returns a model trained on x, read as a sparse matrix."""
    import keras
    import scipy.sparse

    from tfvae import data

    keras.utils.set_random_seed(seed)
    vae = make(seed)
    vae.compile(keras.optimizers.Adam(rate))
    vae.fit(data.from_sparse(scipy.sparse.csr_matrix(x), batch_size=64, seed=seed), epochs=epochs, verbose=0)
    return vae


def found_topics(seed, epochs=25, **planted):
    """Returns the share of the top words of each topic that are of one planted topic, paired one to one."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    from tfvae import latent, recipes

    x, words = documents(seed, **planted)
    vae = trained(lambda seed: recipes.prod_lda(x.shape[1:], len(words), seed=seed), x, epochs, 1e-2, seed)
    top = latent.topics(vae, count=10)
    shared = np.array([[np.isin(mine, theirs).mean() for theirs in words] for mine in top])
    return float(shared[linear_sum_assignment(-shared)].mean())


def ranked_purchases(seed, epochs=30, users=500, **planted):
    """Returns (NDCG@100, recall@20) of users that were not trained on, a fifth of it held out, and by popularity."""
    import numpy as np

    from tfvae import evaluation, recipes

    x = purchases(seed, **planted)
    train, test = x[users:], x[:users]
    steps = epochs * (len(train) // 64) // 2
    vae = trained(lambda seed: recipes.mult_vae(x.shape[1:], 16, steps=steps, seed=seed), train, epochs, 1e-3, seed)
    later = test * (np.random.default_rng(seed).random(test.shape) < 0.2)
    shown = test - later
    popular = np.repeat(train.sum(axis=0)[None], users, 0)
    by_popularity = evaluation.ndcg(popular, later, 100, shown), evaluation.recall(popular, later, 20, shown)
    found = evaluation.ranking(vae, shown, later, recall_at=(20,), ndcg_at=(100,))
    return (found.ndcg[100], found.recall[20]), by_popularity


def found_clusters(seed, epochs=20, **planted):
    """Returns the adjusted Rand index of k-means on z, and R^2 of log library size given z within clusters.

    The same of the first ten principal components of log(1 + 10,000 x / l), in the place of z.
    """
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import adjusted_rand_score

    from tfvae import recipes

    x, cluster, library = cells(seed, **planted)
    vae = trained(lambda seed: recipes.count_vae(x.shape[1:], 10, seed=seed), x, epochs, 1e-3, seed)
    one_hot = np.eye(cluster.max() + 1)[cluster]

    def of(codes):
        groups = KMeans(cluster.max() + 1, n_init=10, random_state=seed).fit_predict(codes)
        within = codes - one_hot @ (one_hot.T @ codes / one_hot.sum(axis=0)[:, None])
        depth = LinearRegression().fit(within, np.log(library)).score(within, np.log(library))
        return float(adjusted_rand_score(cluster, groups)), float(depth)

    scaled = np.log1p(1e4 * x / x.sum(axis=1, keepdims=True))
    return of(vae.encode(x).mean().numpy()), of(PCA(10, random_state=seed).fit_transform(scaled))


def main(arguments=None):
    """Prints the figures."""
    options = parse(arguments)
    for seed in range(options.seeds):
        if options.only in (None, "topics"):
            print(f"seed {seed}: {found_topics(seed):.3f} of the top ten words are of the topic", flush=True)
        if options.only in (None, "purchases"):
            for name, (ndcg, recall) in zip(("mult_vae", "popularity"), ranked_purchases(seed), strict=True):
                print(
                    f"seed {seed}: {name} NDCG@100 {ndcg.value:.3f} +- {ndcg.standard_error:.3f}, "
                    f"recall@20 {recall.value:.3f} +- {recall.standard_error:.3f}",
                    flush=True,
                )
        if options.only in (None, "genes"):
            for name, (rand, depth) in zip(("count_vae", "PCA"), found_clusters(seed), strict=True):
                print(f"seed {seed}: {name} adjusted Rand index {rand:.3f}, R^2 of the library {depth:.3f}", flush=True)


if __name__ == "__main__":
    main()
