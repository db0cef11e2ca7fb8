"""A report's section on copies of training data: the test's figures, and samples beside their nearest neighbours."""

import html

from tfvae_cli import copying, drawn, features, likeness, modalities
from tfvae_cli import report_elements as elements
from tfvae_cli.problem import Problem

# Samples that are tested, and how many of them are shown, those that are nearest to the training images.
_SAMPLES, _SHOWN = 2000, 24
_SIDE = 64  # pixels that a picture is enlarged to, about


def measure(subject, options, found, pictures):
    """Returns the figures of the test, and draws samples beside their nearest training images."""
    vae = subject.vae
    if modalities.has(vae):
        raise Problem("Samples are images with labels, and what is compared is pictures alone.")
    path = likeness.kept(subject.opened.model_path.parent, subject.info)
    network = features.load(path) if path.is_file() else None
    count = min(_SAMPLES, subject.info.num_examples)
    tested = copying.asked(subject.opened, vae, subject.dataset, subject.info, network, count, options.seed, 0)
    shown = tested.distance.argsort(kind="stable")[:_SHOWN]
    pairs = [
        {"sample": sample, "train": tested.nearest[sample], "distance": tested.distance[sample]} for sample in shown
    ]
    if drawn.is_picture(vae.likelihood.event_shape):
        pictures["data_copying"] = _beside(subject, tested, shown)
    said = copying.figures(tested)
    return {
        **said,
        "meaning": copying.meaning(said),
        "distance": tested.distance,
        "nearest": tested.nearest,
        "pairs": pairs,
    }


def _beside(subject, tested, shown):
    """Returns samples, each with its nearest training image to the right, uint8 [N, H, W, channels]."""
    import numpy as np

    from tfvae import pictures as grids

    train, _ = copying.training_images(subject.opened)
    wanted, kept, seen = set(tested.nearest[shown].tolist()), {}, 0
    for batch in train.as_numpy_iterator():
        x = batch[0] if isinstance(batch, tuple) else batch  # a conditional model's have labels
        kept |= {seen + place: image for place, image in enumerate(x) if seen + place in wanted}
        seen += len(x)
    originals = np.stack([kept[place] for place in tested.nearest[shown].tolist()])
    pairs = np.split(grids.beside(tested.samples[shown], originals), len(shown))
    return np.stack([grids.grid(pair, 2, max(1, round(_SIDE / originals.shape[2]))) for pair in pairs])


def section(run, pictures):
    """Returns what the page says of it, HTML."""
    found = run["data_copying"]
    cells = found["cells"]
    rows = [
        ("pairs in which the sample is farther, U", elements.digits(found["u"], 1)),
        ("Z_U", elements.digits(found["z"], 2)),
        ("p, two-sided", elements.form(found["p_value"], ".3g")),
        ("C_T, the mean of z within parts of the data", elements.digits(cells["value"], 2)),
        ("C_T in its standard deviation", elements.digits(cells["z"], 2)),
        ("p of C_T, two-sided", elements.form(cells["p_value"], ".3g")),
        ("median distance of samples to the training images", elements.digits(found["median_distance"], 3)),
        ("that of held-out images", elements.digits(found["held_out_median_distance"], 3)),
    ]
    about = (
        f"{found['num_samples']:,} samples and {found['num_held_out']:,} held-out images, each by its distance to the "
        f"nearest of {found['num_train']:,} training images, in the features of {found['network']}. Far below 0 "
        "samples are copies, far above it they are off the data."
    )
    names = ("train", "held_out", "samples")
    parts = [
        (str(part + 1), *(f"{cells[name][part]:,}" for name in names), elements.digits(score, 1))
        for part, score in enumerate(cells["per_cell"])
    ]
    heads = ("part", "training images", "held-out images", "samples", "z")
    inside = "Within each part of the training images, by k-means; - where there are too few."
    tables = elements.table(("", "value"), rows, about) + elements.table(heads, parts, inside)
    said = html.escape(found["meaning"].capitalize())
    return f"<p>{said}.</p>{tables}{_shown(found['pairs'], pictures.get('data_copying'))}"


def _shown(pairs, pictures):
    if pictures is None:
        return ""
    said = f"The {len(pairs)} samples nearest to a training image, which is to the right of each; below, how far."
    each = "".join(
        elements.picture(
            picture, elements.digits(pair["distance"], 3), f"sample {pair['sample']} and training image {pair['train']}"
        )
        for pair, picture in zip(pairs, pictures, strict=True)
    )
    return f'<p class="quiet">{said}</p><div class="row">{each}</div>'
