"""Default conditions for a conditional model."""

from tfvae_cli.problem import Problem


def of(vae, count, label=None):
    """Returns `count` conditions: the label, or else each label in turn; None for an unconditional model.

    Raises:
        Problem: The model doesn't know the label, or its condition isn't a label.
    """
    import numpy as np

    from tfvae.inputs.conditions import num_classes

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
