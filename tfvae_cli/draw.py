"""`tfvae sample`, `reconstruct` and `vary`: grids of images."""

from tfvae_cli import conditions
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem

_ABOUT = 640  # pixels that a picture is enlarged to, so that 8x8 digits can be seen


def sample(options):
    """Draws new images. Returns the exit status."""
    opened = Opened(options, "samples.png")
    vae = opened.load()
    condition = conditions.of(vae, options.count, options.condition)
    images = vae.sample(options.count, condition, options.temperature, not options.draw, options.seed).numpy()
    return _save(opened.output, images)


def reconstruct(options):
    """Draws images beside their reconstructions. Returns the exit status."""
    opened = Opened(options, "reconstructions.png")
    vae = opened.load()
    x, condition = _first(vae, opened.images()[0], options.count)
    again = vae.reconstruct(x, condition, not options.draw, options.seed).numpy()
    from tfvae import pictures

    columns = 2 * max(1, round((len(x) / 2) ** 0.5))
    return _save(opened.output, pictures.beside(x, again), columns)


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
        x, condition = _read(options.image, vae.likelihood.event_shape), None
    else:
        x, condition = _first(vae, opened.images()[0], options.count)
    from tfvae import pictures

    varied = vae.variations(x, options.variations, options.scale, options.seed, condition).numpy()
    return _save(opened.output, pictures.beside(x, *varied), options.variations + 1)


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


def _read(paths, shape):
    """Returns image files as raw pixels of a model's shape, uint8 [N, *shape]."""
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    height, width, channels = shape
    images = []
    for path in paths:
        try:
            with Image.open(path) as image:
                image = ImageOps.exif_transpose(image).convert("L" if channels == 1 else "RGB")
                images.append(np.asarray(ImageOps.fit(image, (width, height))).reshape(shape))
        except (UnidentifiedImageError, OSError) as error:
            raise Problem(f"--image {path}: no image that can be read ({type(error).__name__}).") from error
    return np.stack(images)


def _save(path, images, columns=None):
    from tfvae import pictures

    zoom = max(1, round(_ABOUT / (images.shape[2] * (columns or max(1, round(len(images) ** 0.5))))))
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures.save(path, pictures.grid(images, columns, zoom))
    print(path)
    return 0
