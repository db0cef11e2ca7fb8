"""`tfvae sample`, `reconstruct` and `vary`: grids of images."""

from tfvae_cli import conditions, drawn, images
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem


def sample(options):
    """Draws new images. Returns the exit status."""
    opened = Opened(options, "samples.png")
    vae = opened.load()
    condition = conditions.of(vae, options.count, options.condition)
    samples = vae.sample(options.count, condition, options.temperature, not options.draw, options.seed).numpy()
    drawn.save(opened.output, [samples])
    return 0


def reconstruct(options):
    """Draws images beside their reconstructions. Returns the exit status."""
    opened = Opened(options, "reconstructions.png")
    vae = opened.load()
    x, condition = _first(vae, opened.images()[0], options.count)
    again = vae.reconstruct(x, condition, not options.draw, options.seed).numpy()
    drawn.save(opened.output, [x, again], 2 * max(1, round((len(x) / 2) ** 0.5)))
    return 0


def vary(options):
    """Draws samples around images. Returns the exit status."""
    opened = Opened(options, "variations.png")
    if options.image and options.dataset is not None:
        raise Problem("--image and --dataset contradict each other. Leave one of them out.")
    for path in options.image or []:
        if not path.is_file():
            raise Problem(f"--image {path}: there is no such file.")
    vae = opened.load()
    if options.image:
        if vae.conditional:
            raise Problem("--image gives no label, which this model needs. Use images of a dataset: --dataset NAME.")
        x, condition = images.read(options.image, vae.likelihood.event_shape, "--image "), None
    else:
        x, condition = _first(vae, opened.images()[0], options.count)
    varied = vae.variations(x, options.variations, options.scale, options.seed, condition).numpy()
    drawn.save(opened.output, [x, *varied], options.variations + 1)
    return 0


def _first(vae, dataset, count):
    """Returns the first images of a dataset, and their conditions or None."""
    import numpy as np

    images, labels = [], []
    for batch in dataset:
        x, condition, _ = vae.unpack(batch)
        images.append(x.numpy())
        labels.append(None if condition is None else condition.numpy())
        if sum(map(len, images)) >= count:
            break
    x = np.concatenate(images)[:count]
    return x, None if labels[0] is None else np.concatenate(labels)[:count]
