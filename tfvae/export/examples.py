"""Valid requests to a model, for the comparison with Keras and for a server's warm-up."""

import tensorflow as tf

from tfvae.export import given, signatures
from tfvae.vectors import by_place


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
    if vae.posterior.curved:  # numbers at random are off the manifold
        families = vae.posterior.by_level()
        z = by_place.join(
            [family.kind(batch).sample(seed=[number, 0]) for number, family in enumerate(families)],
            [family.event_shape for family in families],
        )
        z = tf.reshape(z, [batch, *vae.posterior.event_shape]).numpy()
        found = {name: {**inputs, "latent": z} if "latent" in inputs else inputs for name, inputs in found.items()}
    if "score" in found:
        inputs = kind.supported(found.pop("score"), rng)
        return found if inputs is None else {**found, "score": inputs}
    return found
