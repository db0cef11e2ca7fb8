"""Which variables follow which surrogate of the loss."""


def inference_network(model):
    """Returns the identities of the variables that are the inference network's alone: encoder and posterior.

    A variable that decoder, likelihood or prior hold, too, is not among them, and
    follows the generative surrogate: a bound's own value, whose gradient is right
    for every variable.
    """
    mine, others = (
        {id(variable) for part in parts for variable in part.trainable_variables}
        for parts in ((model.encoder, model.posterior), (model.decoder, model.likelihood, model.prior))
    )
    return mine - others


def of(tape, surrogates, model):
    """Returns the gradient of each trainable variable.

    Args:
        tape: Of the surrogates; persistent, where they are two.
        surrogates: (one for all,) or (for the inference network, for the generative one), scalars.
        model: A `VAE`.

    Returns:
        In the order of `model.trainable_variables`.
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
