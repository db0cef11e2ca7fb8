"""Models that are told something about x."""

from tfvae import arguments, families, networks, priors
from tfvae.recipes import by_size
from tfvae.recipes.recipe import recipe
from tfvae.recipes.weights import vae


@recipe
def conditional_vae(event_shape, latent_size=16, num_classes=10, **parts):
    """Conditional VAE: encoder and decoder are told the label, so one can ask for it.

    loss = -E_q[log p(x|z, c)] + KL(q(z|x, c) || p(z))

    Sohn, Lee and Yan (2015), Learning structured output representation using
    deep conditional generative models, equation 4; Kingma et al. (2014), arXiv
    1406.5298.

    >>> conditional_vae((8, 8, 1), 2).sample(1, condition=[7]).shape
    TensorShape([1, 8, 8, 1])
    """
    num_classes = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
    *space, channels = event_shape
    told = {
        "encoder": networks.Conditional(by_size.encoder((*space, channels + num_classes)), num_classes=num_classes),
        "decoder": networks.Conditional(
            by_size.decoder((latent_size + num_classes,), event_shape), num_classes=num_classes
        ),
    }
    return vae(event_shape, latent_size, **(told | parts))


@recipe
def conditional_prior_vae(event_shape, latent_size=16, num_classes=10, **parts):
    """Conditional VAE whose prior is told the label, too: z is what the label leaves open.

    loss = -E_q[log p(x|z, c)] + KL(q(z|x, c) || p(z|c)),  p(z|c) = N(m_c, s_c^2)

    Sohn, Lee and Yan (2015), Learning structured output representation using
    deep conditional generative models.

    >>> conditional_prior_vae((8, 8, 1), 2).prior_distribution([7]).event_shape
    TensorShape([2])
    """
    num_classes = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
    table = networks.linear((num_classes,))
    told = {"prior": priors.LearnedConditional(families.Normal((latent_size,)), table, num_classes=num_classes)}
    return conditional_vae(event_shape, latent_size, num_classes, **(told | parts))
