"""Paths through the latent space, directions in it, and what a linear classifier finds there.

These functions are for inspecting a trained model, so they take and return NumPy arrays.
Latents can be added: a face with a smile is `z + attribute_vector(vae, smiling, not_smiling)`.
"""

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.arguments import kinds
from tfvae.data import epoch
from tfvae.inputs import conditions, form, models

# Rows of an array to encode or compare at once.
_ROWS_AT_ONCE = 512
# If the sine of the angle is below this, the great circle is the straight line or, for opposite vectors, not unique.
_PARALLEL = 1e-6


def _endpoints(a, b, steps):
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.ndim not in (1, 2):
        message = "Invalid value for arguments `a` and `b`. Expected latents of one shape, [D] or [B, D]. "
        raise ValueError(f"{message}Received shapes: {a.shape} and {b.shape}")
    steps = arguments.integer("steps", steps, "an int >= 2, both ends", minimum=2)
    dtype = np.result_type(a.dtype, b.dtype, "float32")
    between = np.linspace(0.0, 1.0, steps)[1:-1].reshape(-1, *[1] * a.ndim)
    return a.astype(dtype), b.astype(dtype), between


def linear(a, b, steps):
    """Returns latents on the straight line from `a` to `b`.

    z(t) = (1 - t) a + t b

    Args:
        a: [D] or [B, D].
        b: Same shape as `a`.
        steps: Latents on the path, both ends included, at least 2.

    Returns:
        [steps, D] or [steps, B, D]; the first is `a` and the last `b`, exactly.

    Raises:
        ValueError: The shapes differ, or there are too few steps.

    >>> linear([0.0, 0.0], [2.0, 4.0], steps=3).tolist()
    [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    """
    a, b, t = _endpoints(a, b, steps)
    # The ends are copied, not computed, so they are exact.
    return np.concatenate([a[None], ((1 - t) * a + t * b).astype(a.dtype), b[None]])


def spherical(a, b, steps):
    """Returns latents on the great circle from `a` to `b`, with lengths in between.

    z(t) = (sin((1 - t) w) a + sin(t w) b) / sin(w),  w the angle between a and b

    Draws from a normal prior of many dimensions lie near a sphere. A straight line leaves the sphere, but this path
    doesn't. If the vectors are parallel or opposite to within 1e-6, or zero, the circle is not unique, and the path is
    the straight line. Arguments, result and errors are as for `linear`.

    Reference: White (2016), arXiv 1609.04468.

    >>> bool(np.allclose(spherical([1.0, 0.0], [0.0, 1.0], steps=3)[1], np.sqrt([0.5, 0.5])))
    True
    """
    a, b, t = _endpoints(a, b, steps)
    wide_a, wide_b = a.astype("float64"), b.astype("float64")
    lengths = np.linalg.norm(wide_a, axis=-1, keepdims=True) * np.linalg.norm(wide_b, axis=-1, keepdims=True)
    cosine = np.sum(wide_a * wide_b, axis=-1, keepdims=True) / np.where(lengths > 0, lengths, 1.0)
    angle = np.where(lengths > 0, np.arccos(np.clip(cosine, -1.0, 1.0)), 0.0)
    sine = np.sin(angle)
    curved = sine > _PARALLEL
    divisor = np.where(curved, sine, 1.0)
    weight_a = np.where(curved, np.sin((1 - t) * angle) / divisor, 1 - t)
    weight_b = np.where(curved, np.sin(t * angle) / divisor, t)
    return np.concatenate([a[None], (weight_a * wide_a + weight_b * wide_b).astype(a.dtype), b[None]])


def traversal(vae, z, dimensions=None, values=(-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), condition=None):
    """Decodes latents that differ from `z` in one dimension at a time.

    Args:
        vae: The model.
        z: [*latent], one latent, such as a posterior's mean or zeros.
        dimensions: Latent dimensions to vary, counted along the flattened latent; None for all.
        values: Values to set the dimension to, in the latent's own units (standard deviations of a standard prior).
        condition: For a conditional model, the condition of this one latent, without a batch axis.

    Returns:
        [dimensions, values, *event], means of p(x|z) in x's units; of several modalities {name: likewise}.

    Raises:
        ValueError: `z` is not one latent of the model, or doesn't have one of the dimensions.
    """
    models.usable(vae)
    shape = vae.posterior.event_shape
    z, values = np.asarray(z), np.asarray(values)
    if z.shape != shape:
        raise ValueError(
            f"Invalid value for argument `z`. Expected one latent of shape {shape}. Received shape: {z.shape}. "
            "Of a batch, take one: z[0]."
        )
    dimensions = np.arange(z.size) if dimensions is None else np.asarray(dimensions)
    if dimensions.ndim != 1 or not all(0 <= dimension < z.size for dimension in dimensions):
        raise arguments.invalid("dimensions", f"a list of ints in 0..{z.size - 1}", dimensions.tolist())
    conditions.presence(vae, condition)
    varied = np.tile(z.reshape(-1).astype(vae.float_dtype), (len(dimensions), len(values), 1))
    for row, dimension in enumerate(dimensions):
        varied[row, :, dimension] = values
    condition = None if condition is None else np.asarray(condition)[None]
    decoded = form.of(vae).shown(vae.decode(varied.reshape(-1, *shape), condition).mean())

    def as_grid(x):
        return x.numpy().reshape(len(dimensions), len(values), *x.shape[1:])

    return tf.nest.map_structure(as_grid, decoded)


def chunks(argument, data):
    """Yields batches, as tuples, of an array, a tuple or a dict of arrays, or a dataset, in order."""
    if isinstance(data, tuple | dict) or hasattr(data, "shape"):
        count = len(tf.nest.flatten(data)[0])
        pieces = [slice(start, start + _ROWS_AT_ONCE) for start in range(0, count, _ROWS_AT_ONCE)]
        data = [tf.nest.map_structure(lambda array, piece=piece: array[piece], data) for piece in pieces]
    kinds.ends(argument, data)
    for batch in data:
        yield batch if isinstance(batch, tuple) else (batch,)


def _encode(vae, argument, data, labelled=False):
    """Returns the posterior means [N, *latent], and the labels [N] or []."""
    latents, labels = [], []
    with epoch.in_order():
        for batch in chunks(argument, data):
            if labelled:
                x, label, _ = keras.utils.unpack_x_y_sample_weight(batch)
                if label is None:
                    raise ValueError(
                        f"Invalid value for argument `{argument}`. Expected batches (x, label), as by "
                        "data.load(..., labels=True). Received batches without label."
                    )
                labels.append(np.asarray(label))
                batch = x if isinstance(x, tuple) else (x,)
            x, condition, _ = vae.unpack(batch)
            latents.append(vae.encode(x, condition).mean().numpy())
    if not latents:
        raise ValueError(f"Invalid value for argument `{argument}`. Expected images. Received none.")
    return np.concatenate(latents), np.concatenate(labels) if labels else labels


def attribute_vector(vae, with_attribute, without_attribute):
    """Returns the direction of an attribute: the difference of mean latents.

    v = mean of E[q(z|x)] over images with it - mean of E[q(z|x)] over images without it

    Latents can be added: `vae.decode(z + v)` has more of the attribute, `z - v` less, `z + 0.5 * v` half as much more.

    Reference: Larsen et al. (2016), arXiv 1512.09300, section 4.2.

    Args:
        vae: The model.
        with_attribute: Raw images [N, ...] or a finite dataset of batches; for a conditional model (images, condition).
        without_attribute: Likewise.

    Returns:
        [*latent].

    Raises:
        ValueError: There are no images, or no conditions for a conditional model.
    """
    models.usable(vae)
    present, _ = _encode(vae, "with_attribute", with_attribute)
    absent, _ = _encode(vae, "without_attribute", without_attribute)
    return (present.mean(axis=0, dtype="float64") - absent.mean(axis=0, dtype="float64")).astype(vae.float_dtype)


def _as_vectors(images):
    images = np.asarray(images)
    if images.dtype != np.uint8 and not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"Expected uint8 or floating-point images. Received dtype: {images.dtype}")
    # In float64 the products of bytes are exact, and the difference of large squares keeps its precision.
    vectors = images.reshape(len(images), -1).astype("float64")
    return vectors / 255 if images.dtype == np.uint8 else vectors


def nearest(images, data):
    """Finds the nearest image in `data` for each image, to tell whether a sample is new or a copy.

    Bytes are divided by 255, so that samples in [0, 1] and raw images have the same unit. Memory holds one batch of
    `data` at a time.

    Args:
        images: [N, ...], uint8 or floats, such as `vae.sample(N)`.
        data: [M, ...] likewise, or a finite dataset of batches whose first element is the image.

    Returns:
        indices: int64 [N], positions in `data`, the first if several are equally near; for a dataset of `tfvae.data`,
            positions in its unshuffled input.
        squared_distances: float64 [N], sums over pixels.

    Raises:
        ValueError: There is no data, images have another size, or integers are not bytes.

    >>> indices, squared = nearest(np.array([[1.0, 0.5]]), np.array([[0.0, 0.0], [1.0, 1.0]]))
    >>> indices.tolist(), squared.tolist()
    ([1], [0.25])
    """
    vectors = _as_vectors(images)
    squares = np.sum(vectors**2, axis=1)
    indices, best, seen = np.zeros(len(vectors), "int64"), np.full(len(vectors), np.inf), 0
    with epoch.in_order():
        for batch in chunks("data", data):
            others = _as_vectors(batch[0])
            if others.shape[1] != vectors.shape[1]:
                raise ValueError(
                    f"Invalid value for argument `data`. Expected images of {vectors.shape[1]} values, as in `images`. "
                    f"Received shape: {np.shape(batch[0])}"
                )
            distances = squares[:, None] + np.sum(others**2, axis=1) - 2 * vectors @ others.T
            closest = np.argmin(distances, axis=1)
            # Recomputed from the difference: for an exact copy, the expanded square is zero only up to rounding.
            exact = np.sum((vectors - others[closest]) ** 2, axis=1)
            nearer = exact < best
            indices[nearer], best[nearer] = seen + closest[nearer], exact[nearer]
            seen += len(others)
    if not seen:
        raise ValueError("Invalid value for argument `data`. Expected images. Received none.")
    return indices, best


def linear_probe(vae, train, test):
    """Returns how well a linear classifier tells labels apart in the latent space.

    Fits scikit-learn's LogisticRegression to the means of q(z|x), all divided by one number to have unit variance.

    Args:
        vae: The model, which never sees the labels.
        train: A finite dataset of batches (x, label), or a tuple of two arrays; for a conditional model
            ((x, condition), label). Labels are integers [B].
        test: Likewise.

    Returns:
        float, the accuracy on `test`.

    Raises:
        ValueError: Batches have no labels, or there is no data or only one class.
    """
    from sklearn.linear_model import LogisticRegression

    models.usable(vae)
    (z_train, y_train), (z_test, y_test) = _encode(vae, "train", train, True), _encode(vae, "test", test, True)
    z_train, z_test = z_train.reshape(len(z_train), -1), z_test.reshape(len(z_test), -1)
    if len(np.unique(y_train)) < 2:
        raise arguments.invalid("train", "labels of at least two classes", np.unique(y_train).tolist())
    scale = z_train.std() or 1.0
    classifier = LogisticRegression(max_iter=1000).fit(z_train / scale, y_train)
    return float(classifier.score(z_test / scale, y_test))
