#!/usr/bin/env python
"""Makes docs/pictures/digits.png, the README's picture: samples and reconstructions of a VAE of digits."""

import argparse
import pathlib


def arguments():
    """Returns the command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    folder = pathlib.Path(__file__).resolve().parents[2] / "docs" / "pictures"
    parser.add_argument("--output", type=pathlib.Path, default=folder / "digits.png", help="the PNG to write")
    parser.add_argument("--epochs", type=int, default=150, help="passes over the training images")
    parser.add_argument("--seed", type=int, default=0, help="of weights, noise and the order of the data")
    return parser.parse_args()


def train(epochs, seed):
    """Returns the quickstart's VAE, trained."""
    import keras
    from train_digits import build

    from tfvae import data

    keras.utils.set_random_seed(seed)
    training, _ = data.load("digits", "train", batch_size=64, seed=seed)
    vae = build(seed, steps=epochs * len(training))
    vae.fit(training, epochs=epochs, verbose=0)
    return vae


def panels(vae, seed):
    """Returns {title: picture}: samples, and test digits with their reconstructions."""
    import numpy as np

    from tfvae import data, pictures

    originals = data.digits("test")[0][:40]
    reconstructions = np.rint(255 * vae.reconstruct(originals, seed=seed).numpy()).astype("uint8")
    # One image a pair: the grid's gaps then stand between pairs, not within them.
    pairs = np.concatenate([originals, reconstructions], axis=2)
    return {
        "new digits: decoded draws from the prior": pictures.grid(vae.sample(64, seed=seed), columns=8, zoom=6),
        "test digits, each with its reconstruction to the right": pictures.grid(pairs, columns=5, zoom=6),
    }


def draw(path, shown):
    """Writes the panels side by side, titled, as PNG, pixel for pixel."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from tfvae import pictures

    gap, head, dpi = 24, 30, 100
    width = sum(picture.shape[1] + gap for picture in shown.values()) - gap
    height = head + max(picture.shape[0] for picture in shown.values())
    figure = Figure(figsize=(width / dpi, height / dpi), dpi=dpi)
    canvas = FigureCanvasAgg(figure)
    left = 0
    for title, picture in shown.items():
        figure.figimage(picture.repeat(3, -1), left, 0)
        figure.text(
            (left + picture.shape[1] / 2) / width, 1 - head / 2 / height, title, size=11, ha="center", va="center"
        )
        left += picture.shape[1] + gap
    canvas.draw()
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures.save(path, np.asarray(canvas.buffer_rgba())[..., :3].copy())


def main():
    """Trains and draws."""
    chosen = arguments()
    draw(chosen.output, panels(train(chosen.epochs, chosen.seed), chosen.seed))
    print(f"{chosen.output}: {chosen.output.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
