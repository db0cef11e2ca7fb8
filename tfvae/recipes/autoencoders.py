"""Autoencoders: a point in place of a distribution."""

from tfvae import data, families, terms
from tfvae.recipes.recipe import model, recipe


def _plain(event_shape, latent_size):
    """Returns what makes an autoencoder of a VAE."""
    return {
        "posterior": families.Deterministic((latent_size,)),
        # 2 sigma^2 = 1: the log-likelihood is the sum of squared errors and a constant.
        "likelihood": families.Normal(event_shape, scale=0.5**0.5),
        "preprocessing": data.Rescale(),
    }


@recipe
def autoencoder(event_shape, latent_size=16, **parts):
    """The plain autoencoder: one point for each x, and squared error.

    loss = |x - decode(encode(x))|^2 + constant

    Rumelhart, Hinton and Williams (1986), Learning internal representations by
    error propagation.

    >>> autoencoder((8, 8, 1), 2).posterior
    Deterministic((2,))
    """
    return model(
        event_shape, latent_size, [terms.NegativeLogLikelihood()], **(_plain(event_shape, latent_size) | parts)
    )


@recipe
def sparse_autoencoder(event_shape, latent_size=16, activity=0.1, **parts):
    """Sparse autoencoder: a code of which few numbers are far from 0.

    loss = |x - decode(z)|^2 + activity |z|_1 + constant,  z = encode(x)

    Olshausen and Field (1996), Emergence of simple-cell receptive field
    properties by learning a sparse code for natural images, equation 2; as an
    autoencoder: Goodfellow, Bengio and Courville (2016), Deep learning, section 14.2.1.

    >>> sparse_autoencoder((8, 8, 1), 100, activity=0.5).objective
    [NegativeLogLikelihood(), Sparsity(weight=0.5)]
    """
    objective = [terms.NegativeLogLikelihood(), terms.Sparsity(weight=activity)]
    return model(event_shape, latent_size, objective, **(_plain(event_shape, latent_size) | parts))


@recipe
def denoising_autoencoder(event_shape, latent_size=16, masking=0.3, **parts):
    """Denoising autoencoder: the encoder sees x with some pixels black, and all are to come back.

    loss = |x - decode(encode(x~))|^2 + constant,  x~_i = 0 with probability masking, else x_i

    Vincent et al. (2010), Stacked denoising autoencoders, Journal of Machine
    Learning Research 11, section 3.3.

    >>> denoising_autoencoder((8, 8, 1), 2, masking=0.5).preprocessing
    Corrupt(preprocessing=Rescale(), masking=0.5)
    """
    noisy = {"preprocessing": data.Corrupt(data.Rescale(), masking=masking)}
    return autoencoder(event_shape, latent_size, **(noisy | parts))
