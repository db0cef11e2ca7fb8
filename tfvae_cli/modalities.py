"""Images and their labels as the two modalities of a model that has them, by the names `image` and `label`."""

from tfvae_cli.problem import Problem

_NAMES = ("image", "label")


def has(vae):
    """Returns whether a model is of an image and its label, refusing other modalities.

    Raises:
        Problem: It has modalities that a dataset of images doesn't.
    """
    names = vae.likelihood.modalities
    if names not in (None, _NAMES):
        raise Problem(
            f"The modalities of this model are {', '.join(names)}, and a dataset of images has image and label. Use it "
            "from Python: vae.fit({...})."
        )
    return names is not None


def needs_labels(vae):
    """Returns whether a model needs each image's label, as a condition or as a modality."""
    return vae.conditional or has(vae)


def image_shape(vae):
    """Returns the shape of the images that a model is made for."""
    return tuple(vae.likelihood.event_shapes["image"] if has(vae) else vae.likelihood.event_shape)


def dataset(vae, labelled):
    """Returns batches of (image, label) as the model takes them.

    Args:
        vae: A model.
        labelled: Batches of (image, label).

    Returns:
        Batches of {"image", "label"} for a model of modalities, else the batches as they are. An image whose label is
        not known, -1, lacks that modality.
    """
    import math

    import tensorflow as tf

    if not has(vae):
        return labelled
    (classes,) = vae.likelihood.event_shapes["label"]

    def pair(image, label):
        known = tf.one_hot(label, classes)
        return {"image": image, "label": tf.where(label[:, tf.newaxis] < 0, math.nan, known)}

    return labelled.map(pair)


def of_label(vae, count, label):
    """Returns a batch that has a label alone, {"label": [count, classes]}.

    Raises:
        Problem: The model doesn't know the label.
    """
    import numpy as np

    (classes,) = vae.likelihood.event_shapes["label"]
    if not 0 <= label < classes:
        raise Problem(f"--condition {label}: expected a label in 0..{classes - 1}.")
    return {"label": np.eye(classes, dtype="float32")[np.full(count, label)]}
