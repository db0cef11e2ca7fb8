"""What was changed on a model since its steps were traced, which TensorFlow would not see.

A traced step holds as constants which variables learn, the weights of the terms,
and the parts themselves. Keras asks for another `compile`, and says nothing where
it is missing. Here `fit` and `evaluate` look, and have the steps traced again.
"""

import warnings

from tfvae import checks
from tfvae.component import Component

PARTS = ("encoder", "posterior", "prior", "decoder", "likelihood", "preprocessing")


class Traced:
    """What a step that is traced now takes as constant.

    Args:
        vae: The model.
    """

    def __init__(self, vae):
        # The objects are held, so that no other one can have the identity of one of them.
        self.parts = [getattr(vae, name) for name in PARTS] + list(vae.objective)
        self._learning = list(vae.trainable_variables)
        said = [repr(layer) for layer in vae._flatten_layers() if isinstance(layer, Component)]
        self._constants = [*map(id, self.parts), *map(id, self._learning), *said]

    def same_as(self, other):
        """Returns whether another one was traced to the same steps."""
        return self._constants == other._constants


def follow(vae):
    """Has the next steps traced anew where something was changed that the last ones hold as a constant.

    Raises:
        ValueError: Parts that don't fit any more; the model is left as it is.
    """
    before, now = vae._traced, Traced(vae)
    if now.same_as(before):
        return
    _let_go(vae, before, now)
    checks.build_parts(vae)
    vae._take_objective()
    vae._traced = Traced(vae)
    if vae.compiled:
        _renew_optimizer(vae)
    vae.train_function = vae.test_function = vae.predict_function = None


def _let_go(vae, before, now):
    """Lets go of the parts that others have taken the place of: Keras would go on training them."""
    kept = {id(part) for part in now.parts}
    for part in before.parts:
        if part is not None and id(part) not in kept:
            vae._tracker.untrack(part)


def _renew_optimizer(vae):
    """Begins the optimizer anew where a variable learns that it doesn't know."""
    optimizer = getattr(vae.optimizer, "inner_optimizer", vae.optimizer)
    known = {id(variable) for variable in optimizer._trainable_variables}
    if any(id(variable) not in known for variable in vae.trainable_variables):
        vae.compile_from_config(vae.get_compile_config())
        warnings.warn(
            "Variables learn that did not when the model was compiled, and its optimizer knows nothing of them: it "
            "begins anew, with the settings that it had. Call `compile` after such a change to choose others.",
            UserWarning,
            stacklevel=5,
        )
