"""Detects changes to a model since its steps were traced, which TensorFlow would not see.

A traced step holds as constants which variables are trainable, the weights of the
terms, and the parts themselves. Keras requires another `compile`, and is silent if
it is missing. Here `fit` and `evaluate` check, and have the steps traced again.
"""

import warnings

from tfvae.component import Component
from tfvae.composition import parts


class Traced:
    """What a step traced now would hold as constants.

    Args:
        vae: The model.
    """

    def __init__(self, vae):
        # Holds the objects themselves, so that no new object can reuse one of their ids.
        self.parts = [getattr(vae, name) for name in parts.NAMES] + list(vae.objective)
        self._learning = list(vae.trainable_variables)
        said = [repr(layer) for layer in vae._flatten_layers() if isinstance(layer, Component)]
        self._constants = [*map(id, self.parts), *map(id, self._learning), *said]

    def same_as(self, other):
        """Returns whether `other` was traced to the same steps."""
        return self._constants == other._constants


def follow(vae):
    """Has the next steps retraced if anything changed that the traced ones hold as a constant.

    Raises:
        ValueError: Parts that no longer fit; the model is left as it is.
    """
    before, now = vae._traced, Traced(vae)
    if not now.same_as(before):
        _let_go(vae, before, now)
        parts.build(vae)
        vae._take_objective()
        vae._traced = Traced(vae)
        vae.train_function = vae.test_function = vae.predict_function = None
    # Even if nothing was traced yet: a part may have been frozen when the model was compiled.
    if vae.compiled:
        _renew_optimizer(vae)


def _let_go(vae, before, now):
    """Untracks the parts that have been replaced, which Keras would otherwise go on training."""
    kept = {id(part) for part in now.parts}
    for part in before.parts:
        if part is not None and id(part) not in kept:
            vae._tracker.untrack(part)


def _renew_optimizer(vae):
    """Starts a new optimizer if there is a trainable variable that the current one doesn't know."""
    inner = [getattr(optimizer, "inner_optimizer", optimizer) for optimizer in vae.optimizers]
    known = {id(variable) for optimizer in inner for variable in optimizer._trainable_variables}
    if any(id(variable) not in known for variable in vae.trainable_variables):
        config = vae.get_compile_config()
        if all(term.critic is None for term in vae.objective):
            config = {**config, "critic_optimizer": None}
        vae.compile_from_config(config)
        warnings.warn(
            "Variables learn that did not when the model was compiled, and its optimizer knows nothing of them: it "
            "begins anew, with the settings that it had. Call `compile` after such a change to choose others.",
            UserWarning,
            stacklevel=6,
        )
