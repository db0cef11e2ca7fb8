"""What a conditional model is told, where nobody says."""

from tfvae_cli.problem import Problem


def num_classes(vae):
    """Returns the number of labels that a model's condition is one of, or None."""
    counts = (getattr(part, "num_classes", None) for part in (vae.decoder, vae.encoder, vae.prior))
    return next((count for count in counts if count), None)


def of(vae, count, label=None):
    """Returns `count` conditions: the label, or else each label in turn; None for a model without.

    Raises:
        Problem: A label that the model doesn't know, or a condition that is no label.
    """
    import numpy as np

    if not vae.conditional:
        if label is not None:
            raise Problem(f"--condition {label}: this model takes no condition. Leave it out.")
        return None
    classes = num_classes(vae)
    if classes is None:
        raise Problem("This model's condition is no label. Use it from Python: vae.sample(n, condition=...).")
    if label is None:
        return np.arange(count, dtype="int32") % classes
    if not 0 <= label < classes:
        raise Problem(f"--condition {label}: expected a label in 0..{classes - 1}.")
    return np.full(count, label, "int32")
