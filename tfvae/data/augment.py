"""Training pictures varied anew in each epoch: mirrored, moved, cropped."""

import tensorflow as tf

from tfvae import arguments, random
from tfvae.arguments import kinds
from tfvae.data import epoch

_NOT_BEGUN = -2  # in place of the number of a pass


def augment(dataset, *, flip=False, shift=0, crop=1.0, reflect=True, seed=0):
    """Returns a dataset whose pictures are varied, in each training pass in another way.

    What becomes of an example is a function of `seed`, the epoch and its place in the
    epoch, as its order is: training that resumes sees the pictures that it would have
    seen. Evaluation, prediction, encoding and scoring read the pictures as they are, so
    that validation is of the data themselves, even where this dataset is given to it.

    A picture is cropped, then mirrored, then moved. Flips and shifts only move values:
    the dtype stays, and NaN, which marks what is missing, moves with the rest. A crop is
    resized bilinearly, integers rounded; a missing value spreads to what is
    interpolated from it.

    Args:
        dataset: Batches of pictures [B, height, width, channels], alone or the first of
            a tuple: of `data.load`, `data.from_array` or `data.from_records`, or made of
            those by `map` and the like. Any other that shuffles has an order of its own,
            and resumes only as exactly as that does.
        flip: Whether half of the pictures, drawn at random, are mirrored left to right.
        shift: Most pixels by which a picture is moved, an int, or (vertical, horizontal);
            each whole number from -shift to shift is as likely.
        crop: Smallest side of a crop as a part of the picture's, in (0, 1]; its size is
            uniform from there to 1, its place uniform where it fits. 1 is no crop.
        reflect: Whether what a shift leaves open is filled with the picture's reflection
            at its edge, rather than with the pixels of the edge.
        seed: Seed of all of these.

    Returns:
        A `tf.data.Dataset` of batches of the same shapes and dtypes.

    Raises:
        ValueError: Batches that are no pictures, nothing to vary, or an argument out of
            range.

    >>> from tfvae import data
    >>> pictures = tf.reshape(tf.range(6), [1, 1, 6, 1])
    >>> varied = augment(data.from_array(pictures), shift=(0, 1), reflect=False, seed=1)
    >>> with epoch.at(0):
    ...     print([tf.reshape(next(iter(varied)), [-1]).numpy().tolist() for _ in range(3)])
    [[0, 0, 1, 2, 3, 4], [1, 2, 3, 4, 5, 5], [0, 0, 1, 2, 3, 4]]
    """
    spec = _pictures(dataset)
    down, right = _shifts(shift, spec.shape[1:3])
    crop = arguments.number("crop", crop, "a number in (0, 1]", minimum=0, maximum=1)
    if crop == 0:
        raise arguments.invalid("crop", "a number in (0, 1]", crop)
    for name, value in (("flip", flip), ("reflect", reflect)):
        if not isinstance(value, bool):
            raise arguments.invalid(name, "True or False", value)
    seed = arguments.integer("seed", seed, "an int", minimum=-(2**63), maximum=2**63 - 1)
    if not (flip or down or right or crop < 1):
        raise ValueError(
            "augment without a change varies nothing. Expected flip=True, `shift` above 0 or `crop` below 1. Received: "
            f"flip={flip}, shift={shift}, crop={crop}"
        )
    with tf.device("CPU:0"):
        key = random.as_seed(seed, None)

    def varied(x, which, number):
        draws = random.fold(key, tf.cast(which, tf.int32), tf.cast(number, tf.int32))
        if crop < 1:
            x = _cropped(x, crop, random.fold(draws, 0))
        if flip or down or right:
            x = _moved(x, flip, down, right, reflect, random.fold(draws, 1))
        return x

    def vary(numbers, batch):
        which, number = numbers
        x, *rest = batch if isinstance(batch, tuple) else (batch,)
        drawn = tf.cond(tf.equal(which, epoch.IN_ORDER), lambda: x, lambda: varied(x, which, number))
        x = tf.ensure_shape(drawn, spec.shape)
        return (x, *rest) if isinstance(batch, tuple) else x

    # The numbers come first: that pass begins, and reads its epoch, before anything of the data is read.
    endless = kinds.endless(dataset)
    together = tf.data.Dataset.zip((_numbers(endless), dataset)).map(vary, num_parallel_calls=2, deterministic=True)
    if endless:
        together = together.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    options = tf.data.Options()
    options.autotune.enabled = False
    together = together.prefetch(2).with_options(options)
    # A pass that is left half-way counts for the data, too.
    passes = getattr(dataset, "passes", None)
    return together if passes is None else passes.watch(together)


def _pictures(dataset):
    """Returns the `tf.TensorSpec` of a dataset's pictures."""
    if not isinstance(dataset, tf.data.Dataset):
        raise arguments.invalid(
            "dataset", "a dataset of batches of pictures, such as data.from_array(images) makes", type(dataset).__name__
        )
    kinds.elements("dataset", dataset)
    element = dataset.element_spec
    spec = element[0] if isinstance(element, tuple) else element
    if not isinstance(spec, tf.TensorSpec) or spec.shape.rank != 4 or None in spec.shape[1:].as_list():
        shape = spec.shape if isinstance(spec, tf.TensorSpec) else type(spec).__name__
        raise ValueError(
            "Invalid value for argument `dataset`. Expected batches of pictures [B, height, width, channels], of one "
            f"size. Received: batches of {shape}. Resize them first, as data.load does "
            "by image_size, or with dataset.map."
        )
    return spec


def _shifts(shift, sides):
    """Returns the most pixels (vertical, horizontal)."""
    expected = f"an int from 0 to below the side of a picture, here {tuple(sides)}, or (vertical, horizontal)"
    both = shift if isinstance(shift, tuple | list) else (shift, shift)
    if len(both) != 2:
        raise arguments.invalid("shift", expected, shift)
    return [
        arguments.integer("shift", value, expected, minimum=0, maximum=side - 1)
        for value, side in zip(both, sides, strict=True)
    ]


def _numbers(endless):
    """Returns an endless dataset of (epoch, place of a batch in it), int64; of endless data, of (0, train step)."""

    def begin():
        number = tf.identity(epoch.variable())
        return tf.minimum(number, 0) if endless else number

    def place(which, number):
        which = tf.cond(tf.equal(which, _NOT_BEGUN), begin, lambda: which)
        return which, (which, number)

    places = epoch.steps() if endless else tf.data.Dataset.range(tf.int64.max)
    return places.scan(tf.constant(_NOT_BEGUN, tf.int64), place)


def _cropped(x, smallest, seed):
    """Returns x with a part of each picture enlarged to the whole."""
    count, height, width = tf.unstack(tf.shape(x)[:3])
    scale, down, right = tf.unstack(random.uniform(tf.stack([3, count]), seed, tf.float32))
    scale = smallest + (1 - smallest) * scale
    value = x if x.dtype.is_floating else tf.cast(x, tf.float32)
    value = _interpolated(value, 1, _centres(height, scale, down))
    value = _interpolated(value, 2, _centres(width, scale, right))
    return tf.cast(tf.round(value), x.dtype) if x.dtype.is_integer else value


def _centres(side, scale, place):
    """Returns where the pixels' centres of a crop are on a side, float32 [B, side]; the first pixel's is 0."""
    first = (1 - scale) * place * tf.cast(side, tf.float32)
    centres = first[:, None] + scale[:, None] * (tf.range(side, dtype=tf.float32) + 0.5) - 0.5
    return tf.clip_by_value(centres, 0, tf.cast(side - 1, tf.float32))


def _interpolated(x, axis, centres):
    """Returns x at centres [B, side] along an axis, 1 or 2, linearly between the pixels."""
    below = tf.floor(centres)
    low, high = (tf.cast(places, tf.int32) for places in (below, tf.math.ceil(centres)))
    part = tf.cast(centres - below, x.dtype)
    part = part[:, :, None, None] if axis == 1 else part[:, None, :, None]
    one, two = (tf.gather(x, places, batch_dims=1, axis=axis) for places in (low, high))
    return one + part * (two - one)


def _moved(x, flip, down, right, reflect, seed):
    """Returns x with each picture mirrored and moved by whole pixels, exactly."""
    count, height, width = tf.unstack(tf.shape(x)[:3])
    mirrored, vertical, horizontal = tf.unstack(random.uniform(tf.stack([3, count]), seed, tf.float32))
    rows = _places(height, down, vertical, reflect)
    columns = _places(width, right, horizontal, reflect)
    if flip:
        columns = tf.where(mirrored[:, None] < 0.5, width - 1 - columns, columns)
    return tf.gather(tf.gather(x, rows, batch_dims=1, axis=1), columns, batch_dims=1, axis=2)


def _places(side, most, drawn, reflect):
    """Returns where the pixels along a side come from, int32 [B, side], for uniform draws [B]."""
    moved = tf.cast(tf.floor(drawn * (2 * most + 1)), tf.int32) - most
    places = tf.range(side)[None] - moved[:, None]
    last = side - 1
    if reflect:
        return last - tf.abs(last - tf.abs(places))
    return tf.clip_by_value(places, 0, last)
