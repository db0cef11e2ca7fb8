#!/usr/bin/env python
"""Which models copy their training digits: the table of docs/truth.md.

Trains the default model on all training digits, as `tfvae train --dataset digits` does, and on 50 of them for 3,000
epochs, and either with 2 latents in place of 16. Tests their samples, and what is known beforehand: other digits, which
are no copies, training digits with a little noise, which are, reconstructions of test digits and samples of a model
that never saw the 50, which can't be. Takes two minutes.

    PYTHONPATH=. .venv/bin/python scripts/documents/copied_digits.py
"""

import argparse

_SHAPE = (8, 8, 1)


def parse(arguments=None):
    """Returns the parsed command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=50, help="training digits of the models of few (default 50)")
    parser.add_argument("--epochs", type=int, default=3000, help="of the models of few, each a step (default 3,000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", help="a PNG of samples of the model that copies, beside training digits")
    return parser.parse_args(arguments)


def trained(images, latent_size, batch_size, epochs, seed):
    """Returns the default model of digits with so many latents, trained."""
    import keras

    from tfvae import data, recipes

    keras.utils.set_random_seed(seed)
    vae = recipes.image_vae(_SHAPE, latent_size, seed=seed)
    vae.compile(keras.optimizers.Adam(1e-3))
    vae.fit(data.from_array(images, batch_size=batch_size, seed=seed), epochs=epochs, verbose=0)
    return vae


def row(name, found):
    """Returns a line of the table."""
    import numpy as np

    apart, real = np.median(found.distance), np.median(found.held_out_distance)
    return f"| {name} | {apart:.2f} | {real:.2f} | {found.z:+.1f} | {found.cells.value:+.1f} | {found.cells.z:+.1f} |"


def main():
    """Trains, tests, prints the table."""
    options = parse()
    import numpy as np

    from tfvae import data, evaluation, pictures

    (train, labels), (test, _), (validation, _) = (data.digits(split) for split in ("train", "test", "validation"))
    network = evaluation.classifier((train, labels), epochs=20, seed=options.seed, verbose=0).features
    few, rng = train[: options.few], np.random.default_rng(options.seed)
    whole, whole_2 = (trained(train, size, 128, 50, options.seed) for size in (16, 2))
    long, long_2 = (trained(few, size, len(few), options.epochs, options.seed) for size in (16, 2))
    others_2 = trained(train[options.few :], 2, 128, 50, options.seed)
    grey = train[rng.permutation(len(train))[: len(test)]] / np.float32(255)
    near = np.clip(grey + rng.normal(size=grey.shape, scale=0.05), 0, 1).astype("float32")
    again = np.clip(whole.preprocessing.intensity(whole.reconstruct(test, seed=0)), 0, 1)
    for what, features in (("pixels", None), (evaluation.features.name(network), network)):
        print(f"\nin {what}\n\n| samples | median distance | of test digits | Z_U | C_T | z of C_T |")
        print("|---|---|---|---|---|---|")
        for name, samples, known in (
            ("validation digits", validation, train),
            ("training digits with noise 0.05", near, train),
            ("reconstructions of test digits", again, train),
            ("all digits, 16 latents", whole, train),
            ("all digits, 2 latents", whole_2, train),
            (f"{len(few)} digits, 16 latents", long, few),
            (f"{len(few)} digits, 2 latents", long_2, few),
            (f"all but these {len(few)}, 2 latents", others_2, few),
        ):
            found = evaluation.data_copying(samples, known, test, features, seed=options.seed, verbose=0)
            print(row(name, found), flush=True)
            if samples is long_2 and features is None and options.picture:
                beside = pictures.beside(found.samples[:48], few[found.nearest[:48]])
                pictures.save(options.picture, pictures.grid(beside, 16, 6))


if __name__ == "__main__":
    main()
