"""Valid requests to a model, for the comparison with Keras and for a server's warm-up."""

from tfvae.export import given, signatures


def requests(vae, served, rng, batch=3):
    """Returns {name: {input: array}}, a plausible request for each signature.

    `score` gets images in the support of the likelihood. If none are found, it
    has no request. Where the model takes missing entries, one is missing.

    Args:
        vae: The model.
        served: {name: Signature}.
        rng: `numpy.random.Generator`.
        batch: Size of a dynamic batch.
    """
    found = {name: signatures.example_inputs(signature, rng, batch) for name, signature in served.items()}
    kind = given.of(vae)
    names = {spec.name for spec in kind.specs(None)}
    found = {name: kind.with_gap(inputs) if names <= set(inputs) else inputs for name, inputs in found.items()}
    if "score" in found:
        inputs = kind.supported(found.pop("score"), rng)
        return found if inputs is None else {**found, "score": inputs}
    return found
