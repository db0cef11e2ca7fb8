"""The optimizers of a model: one for its own variables, and one for its critics', if it has any."""

import keras

from tfvae.training import gradients


def critics(given, objective, optimizer):
    """Returns the critics' optimizer, or None for an objective without critics.

    Args:
        given: What `compile` was given: an optimizer, its name, or None.
        objective: The terms.
        optimizer: The model's, already made.

    Raises:
        ValueError: An optimizer was given, and there is no critic.
    """
    if all(term.critic is None for term in objective):
        if given is not None:
            raise ValueError(
                "`compile` got critic_optimizer, but no term of the objective has a critic. Leave it out, or add a "
                f"term that has one, such as terms.Adversarial. Received: critic_optimizer={given!r}"
            )
        return None
    # Of FactorVAE (Kim and Mnih 2018, appendix A): a critic that carries little momentum follows a model that moves.
    made = keras.optimizers.get(given or keras.optimizers.Adam(1e-4, beta_1=0.5, beta_2=0.9))
    if made is optimizer:
        raise ValueError(
            "`compile` got one optimizer for both the model and its critics, whose steps are not the same. Give "
            "critic_optimizer one of its own."
        )
    return made


def scaled_as(optimizer, other):
    """Returns the other optimizer, with a loss scale of its own if the first has one."""
    scales = (isinstance(each, keras.optimizers.LossScaleOptimizer) for each in (optimizer, other))
    return keras.optimizers.LossScaleOptimizer(other) if other is not None and list(scales) == [True, False] else other


def scaled(model, followed):
    """Returns {groups: scalar} with the scalars as the groups' optimizers need them."""
    return {
        groups: (model.critic_optimizer if gradients.CRITIC in groups else model.optimizer).scale_loss(scalar)
        for groups, scalar in followed.items()
    }


def variables(model):
    """Returns the variables of the model's optimizers."""
    return [variable for optimizer in model.optimizers for variable in optimizer.variables]


def of_groups(model):
    """Returns {groups of variables: the optimizer that steps them}; see `gradients.groups`."""
    steps = {(gradients.INFERENCE, gradients.GENERATIVE): model.optimizer}
    return steps if model.critic_optimizer is None else {**steps, (gradients.CRITIC,): model.critic_optimizer}


def build(model):
    """Makes the slots of each optimizer."""
    members = gradients.groups(model)
    for names, optimizer in of_groups(model).items():
        optimizer.build([variable for name in names for variable in members[name]])


def updates(model, found):
    """Returns (optimizer, gradients, variables) of each optimizer, for gradients of all trainable variables."""
    by_variable = {id(variable): gradient for variable, gradient in zip(model.trainable_variables, found, strict=True)}
    members, result = gradients.groups(model), []
    for names, optimizer in of_groups(model).items():
        mine = [variable for name in names for variable in members[name]]
        result.append((optimizer, [by_variable[id(variable)] for variable in mine], mine))
    return [update for update in result if update[2]]
