"""Copies of a model: the same parts and weights, and no variable in common."""

import keras
from keras.src.saving.serialization_lib import SafeModeScope

from tfvae.composition import levels, parts


def with_prior(vae, prior, objective=None):
    """Returns a copy of a model with a copy of another prior; see `VAE.with_prior`."""
    parts.expect("prior", prior, parts.Prior, "priors.StandardNormal((16,))")
    levels.head_for(vae, prior)
    if objective is None:
        parts.keeps_objective(vae, prior)
        return with_parts(vae, prior=prior)
    objective = list(objective) if isinstance(objective, list | tuple) else [objective]
    for term in objective:
        parts.expect("objective", term, parts.Term, "terms.KL()")
    return with_parts(vae, prior=prior, objective=objective)


def with_parts(vae, **others):
    """Returns a copy of a model in which copies of other parts stand in the place of its own.

    Each part is made anew from its configuration, as from a file, and takes the weights, the states of layers and
    random streams, and the counts of steps.

    Args:
        vae: The model.
        **others: {argument of its constructor: what it gets instead}.
    """
    config = vae.get_config() | {name: keras.saving.serialize_keras_object(part) for name, part in others.items()}
    # The code of a Lambda layer is the caller's own: it comes from no file.
    with vae.distribute_strategy.scope(), SafeModeScope(safe_mode=False):
        copy = type(vae).from_config(config)
    sources = [others.get(name, getattr(vae, name)) for name in parts.NAMES]
    targets = [getattr(copy, name) for name in parts.NAMES]
    sources += others.get("objective", vae.objective)
    targets += copy.objective
    for source, target in zip(sources, targets, strict=True):
        if source is not None and source.variables:  # a part that was never called has none yet
            _assign(target.variables, source.variables)
    _assign([copy._noise.state, *copy.progress.variables], [vae._noise.state, *vae.progress.variables])
    copy.trained = vae.trained
    return copy


def _assign(targets, sources):
    for target, source in zip(targets, sources, strict=True):
        target.assign(source)
