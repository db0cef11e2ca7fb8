"""`tfvae sample`, `reconstruct` and `vary`: grids of images."""

from tfvae_cli import conditions, drawn, images, modalities, tables
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem


def sample(options):
    """Draws new images. Returns the exit status."""
    of_table = tables.of_run(options)
    opened = Opened(options, "samples.csv" if of_table else "samples.png", (".parquet",) if of_table else (".npy",))
    vae = opened.load()
    if of_table != tables.has(vae):
        raise Problem(
            f"--output {opened.output}: expected a file of {'a table, .csv' if tables.has(vae) else 'pictures'}."
        )
    if of_table:
        drawn_rows = vae.sample(options.count, None, options.temperature, mean=False, seed=options.seed)
        tables.write(opened.output, {name: cells.tolist() for name, cells in drawn_rows.items()})
        print(opened.output)
        return 0
    drawn.save(opened.output, [_pictures(vae, _samples(vae, options))], preprocessing=vae.preprocessing)
    return 0


def reconstruct(options):
    """Draws images beside their reconstructions. Returns the exit status."""
    opened = Opened(options, "reconstructions.png", others=(".npy",))
    vae = opened.load()
    _of_pictures(vae)
    x, condition = _first(vae, opened.images()[0], options.count)
    again = _pictures(vae, vae.reconstruct(x, condition, not options.draw, options.seed))
    shown = _pictures(vae, x)
    drawn.save(opened.output, [shown, again], 2 * max(1, round((len(shown) / 2) ** 0.5)), vae.preprocessing)
    return 0


def vary(options):
    """Draws samples around images. Returns the exit status."""
    opened = Opened(options, "variations.png", others=(".npy",))
    if options.image and options.dataset is not None:
        raise Problem("--image and --dataset contradict each other. Leave one of them out.")
    for path in options.image or []:
        if not path.is_file():
            raise Problem(f"--image {path}: there is no such file.")
    vae = opened.load()
    _of_pictures(vae)
    if options.image:
        if vae.conditional:
            raise Problem("--image gives no label, which this model needs. Use images of a dataset: --dataset NAME.")
        x, condition = images.read(options.image, modalities.image_shape(vae), "--image "), None
        x = {"image": x} if modalities.has(vae) else x
    else:
        x, condition = _first(vae, opened.images()[0], options.count)
    varied = _pictures(vae, vae.variations(x, options.variations, options.scale, options.seed, condition))
    drawn.save(opened.output, [_pictures(vae, x), *varied], options.variations + 1, vae.preprocessing)
    return 0


def _of_pictures(vae):
    """Refuses a model of a table."""
    if tables.has(vae):
        raise Problem(
            "This model is of a table, whose rows are no pictures. New rows: tfvae sample; missing cells: tfvae impute."
        )


def _samples(vae, options):
    """Returns draws of the prior; of a model of modalities that is given a label, of what the label says of z."""
    if options.condition is not None and modalities.has(vae):
        x = modalities.of_label(vae, options.count, options.condition)
        varied = vae.variations(x, 1, options.temperature, options.seed, mean=not options.draw)
        return {name: values[0] for name, values in varied.items()}
    condition = conditions.of(vae, options.count, options.condition)
    return vae.sample(options.count, condition, options.temperature, not options.draw, options.seed)


def _pictures(vae, x):
    """Returns the images of x as an array; where labels are a modality, x has them, too."""
    import numpy as np

    return np.asarray(x["image"] if modalities.has(vae) else x)


def _first(vae, dataset, count):
    """Returns the first images of a dataset, and their conditions or None; with their labels if they are modalities."""
    import numpy as np

    if modalities.has(vae):
        batches = list(dataset.unbatch().take(count).batch(count).as_numpy_iterator())
        return batches[0], None
    images, labels = [], []
    for batch in dataset:
        x, condition, _ = vae.unpack(batch)
        images.append(x.numpy())
        labels.append(None if condition is None else condition.numpy())
        if sum(map(len, images)) >= count:
            break
    x = np.concatenate(images)[:count]
    return x, None if labels[0] is None else np.concatenate(labels)[:count]
