"""Which variables follow which scalar."""

import tensorflow as tf

#: The groups of a model's variables that may follow scalars of their own.
GROUPS = INFERENCE, GENERATIVE, CRITIC = ("inference", "generative", "critic")


def groups(model):
    """Returns {group: trainable variables}: each variable of the model is in one.

    * critic: those of networks that the terms of the objective own.
    * inference: those that belong only to encoder and posterior.
    * generative: all others. A variable that the decoder, likelihood or prior shares with the encoder is among them: it
      follows a bound's own value, whose gradient is right for every variable.
    """
    critics = _ids(term.critic for term in model.objective)
    inferring = _ids([model.encoder, model.posterior]) - _ids([model.decoder, model.likelihood, model.prior])
    members = {group: [] for group in GROUPS}
    for variable in model.trainable_variables:
        judges, infers = id(variable) in critics, id(variable) in inferring
        members[CRITIC if judges else INFERENCE if infers else GENERATIVE].append(variable)
    return members


def _ids(parts):
    return {id(variable) for part in parts if part is not None for variable in part.trainable_variables}


def of(tape, followed, model):
    """Returns the gradient of each trainable variable.

    Args:
        tape: The tape that recorded the scalars; persistent if there are several.
        followed: {groups: the scalar that they follow}; each group of `groups` occurs once if it has members.
        model: A `VAE`.

    Returns:
        The gradients, dense or None, in the order of `model.trainable_variables`.
    """
    members, gradients = groups(model), {}
    for names, scalar in followed.items():
        variables = [variable for name in names for variable in members[name]]
        # That of a table of which rows were read is of these rows alone, until it is a tensor.
        found = [None if each is None else tf.convert_to_tensor(each) for each in tape.gradient(scalar, variables)]
        gradients |= {id(variable): gradient for variable, gradient in zip(variables, found, strict=True)}
    return [gradients[id(variable)] for variable in model.trainable_variables]


def summable(gradients, variables):
    """Returns the gradients as dense tensors, zeros where there is none."""
    return [
        tf.zeros_like(variable) if gradient is None else tf.convert_to_tensor(gradient)
        for variable, gradient in zip(variables, gradients, strict=True)
    ]
