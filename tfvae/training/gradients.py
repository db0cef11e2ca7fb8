"""Which variables take their gradient from which surrogate of the loss."""


def inference_network(model):
    """Returns the ids of the variables that belong only to the inference network: encoder and posterior.

    A variable that the decoder, likelihood or prior also holds is not among them.
    It follows the generative surrogate: a bound's own value, whose gradient is
    right for every variable.
    """
    mine, others = (
        {id(variable) for part in parts for variable in part.trainable_variables}
        for parts in ((model.encoder, model.posterior), (model.decoder, model.likelihood, model.prior))
    )
    return mine - others


def of(tape, surrogates, model):
    """Returns the gradient of each trainable variable.

    Args:
        tape: The tape that recorded the surrogates; persistent if there are two.
        surrogates: (one for all,) or (for the inference network, for the generative one), scalars.
        model: A `VAE`.

    Returns:
        The gradients, in the order of `model.trainable_variables`.
    """
    variables = model.trainable_variables
    if len(surrogates) == 1:
        return tape.gradient(surrogates[0], variables)
    inferring = inference_network(model)
    gradients = {}
    for surrogate, follows in zip(surrogates, (True, False), strict=True):
        followers = [variable for variable in variables if (id(variable) in inferring) is follows]
        found = tape.gradient(surrogate, followers)
        gradients |= {id(variable): gradient for variable, gradient in zip(followers, found, strict=True)}
    return [gradients[id(variable)] for variable in variables]
