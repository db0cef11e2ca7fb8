"""Models that know the labels of a part of the data."""

from tfvae import arguments, families, networks, priors, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe


def _objective(alpha):
    return [terms.NegativeLogLikelihood(), terms.KL(), terms.Classification(alpha)]


@recipe
def semi_supervised_vae(event_shape, latent_size=16, num_classes=10, alpha=50.0, **parts):
    """Semi-supervised VAE, M2: the class is a latent beside z, given where an example is labelled, else summed out.

    U(x) = sum_y q(y|x) (-E_q(z|x,y)[log p(x|y, z)] + KL(q(z|x, y) || p(z))) + KL(q(y|x) || p(y))
    loss = U(x), or with a label L(x, y) = -E_q[log p(x|y, z)] + KL(q(z|x, y) || p(z)) - alpha log q(y|x)

    Labels are the condition: fit(x, labels), -1 for each that is unknown. `latent.class_probabilities`
    is q(y|x), and `sample(n, condition=labels)` draws of a class.

    Kingma, Rezende, Mohamed and Welling (2014), Semi-supervised learning with deep
    generative models, arXiv 1406.5298.

    >>> semi_supervised_vae((8, 8, 1), 2).sample(1, condition=[7]).shape
    TensorShape([1, 8, 8, 1])
    """
    num_classes = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
    labelled = {
        "posterior": families.ClassConditional(num_classes, families.Normal((latent_size,))),
        "prior": priors.WithClass(num_classes, priors.StandardNormal((latent_size,))),
        "decoder": by_size.decoder((num_classes + latent_size,), event_shape),
    }
    return model(event_shape, latent_size, _objective(alpha), **(labelled | parts))


@recipe
def stacked_semi_supervised_vae(event_shape, latent_size=16, num_classes=10, alpha=50.0, lower_size=32, **parts):
    """Stacked semi-supervised VAE, M1+M2: M2 over the z of a VAE, both trained at once.

    log p(x, z_2, y, z_1) = log p(y) + log p(z_1) + log p(z_2|y, z_1) + log p(x|z_2)
    loss = sum_y q(y|x) E_q[-log p(x|z_2) + log q(z_1, z_2|x, y) / p(z_1, z_2|y)] + KL(q(y|x) || p(y))

    With a label y is the label, and -alpha log q(y|x) is added. The encoder of y and z_1 sees
    what that of z_2 makes of x; the paper trains M1 first, and M2 on its z.

    Kingma, Rezende, Mohamed and Welling (2014), Semi-supervised learning with deep
    generative models, arXiv 1406.5298.

    >>> stacked_semi_supervised_vae((8, 8, 1), 2, lower_size=4).posterior
    TopDown([ClassConditional(10, Normal((2,))), Normal((4,))])
    """
    levels = _stacked(event_shape, latent_size, num_classes, lower_size)
    return model(event_shape, latent_size, _objective(alpha), **(levels | parts))


def _stacked(event_shape, latent_size, num_classes, lower_size):
    """Returns encoder, posterior, prior and decoder of the class and z_1 above z_2."""
    num_classes = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
    encoder, top, lower = by_size.encoder(event_shape), (latent_size,), (arguments.integer("lower_size", lower_size),)
    blocks = [
        networks.mlp_decoder((num_classes + latent_size,), (256,)),
        by_size.lowest(256, lower_size, by_size.decoder(lower, event_shape)),
    ]
    posterior = [families.ClassConditional(num_classes, families.Normal(top)), families.Normal(lower)]
    prior = priors.WithClass(num_classes, priors.StandardNormal(top))
    return {
        "encoder": networks.BottomUpEncoder([encoder, networks.mlp_encoder(encoder.output_shape[1:], (256,))]),
        "posterior": families.TopDown(posterior),
        "prior": priors.Hierarchical(prior, [families.Normal(lower)]),
        "decoder": networks.TopDownDecoder(blocks, [(num_classes + latent_size,), lower]),
    }
