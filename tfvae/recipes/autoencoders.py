"""Autoencoders: a point in place of a distribution."""

from tfvae import data, networks, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import of_points, recipe


@recipe
def autoencoder(event_shape, latent_size=16, **parts):
    """The plain autoencoder: one point for each x, and squared error.

    loss = |x - decode(encode(x))|^2 + constant

    Rumelhart, Hinton and Williams (1986), Learning internal representations by
    error propagation.

    >>> autoencoder((8, 8, 1), 2).posterior
    Deterministic((2,))
    """
    return of_points(event_shape, latent_size, **parts)


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
    return of_points(event_shape, latent_size, [terms.Sparsity(weight=activity)], **parts)


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
    return of_points(event_shape, latent_size, **(noisy | parts))


@recipe
def rae_gp(event_shape, latent_size=16, beta=0.01, weight=0.05, **parts):
    """RAE-GP: an autoencoder of codes near 0 and a decoder that is not steep, which samples once a prior is fitted.

    loss = |x - decode(z)|^2 + beta / 2 |z|^2 + weight |d decode(z) / dz|_F^2 + constant,  z = encode(x)

    Ghosh, Sajjadi, Vergari, Black and Schoelkopf (2020), From variational to
    deterministic autoencoders, arXiv 1903.12436, equations 7 to 10. To sample, fit a
    prior to the codes: `latent.fit_prior(vae, images, priors.GaussianMixture((latent_size,), 10))`.

    >>> rae_gp((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), CrossEntropy(weight=0.01), GradientPenalty(weight=0.05)]
    """
    return of_points(event_shape, latent_size, [terms.CrossEntropy(beta), terms.GradientPenalty(weight)], **parts)


@recipe
def rae_l2(event_shape, latent_size=16, beta=0.01, weight=1e-3, **parts):
    """RAE-L2: an autoencoder of codes near 0 and a decoder of small weights, which samples once a prior is fitted.

    loss = |x - decode(z)|^2 + beta / 2 |z|^2 + weight |theta|^2 + constant,  z = encode(x), theta the decoder's weights

    Ghosh, Sajjadi, Vergari, Black and Schoelkopf (2020), From variational to
    deterministic autoencoders, arXiv 1903.12436, section 3.1. To sample, see `rae_gp`.

    >>> rae_l2((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), CrossEntropy(weight=0.01), WeightDecay(weight=0.001)]
    """
    return of_points(event_shape, latent_size, [terms.CrossEntropy(beta), terms.WeightDecay(weight)], **parts)


@recipe
def rae_sn(event_shape, latent_size=16, beta=0.01, **parts):
    """RAE-SN: an autoencoder of codes near 0 whose decoder's layers enlarge nothing, which samples with a fitted prior.

    loss = |x - decode(z)|^2 + beta / 2 |z|^2 + constant,  z = encode(x),  sigma(W) <= 1 of the decoder's layers

    Ghosh, Sajjadi, Vergari, Black and Schoelkopf (2020), From variational to
    deterministic autoencoders, arXiv 1903.12436, section 3.1. To sample, see `rae_gp`.

    >>> rae_sn((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), CrossEntropy(weight=0.01)]
    """
    decoder = {} if "decoder" in parts else {"decoder": by_size.decoder((latent_size,), event_shape)}
    parts = {**parts, "decoder": networks.SpectrallyNormalized((parts | decoder)["decoder"])}
    return of_points(event_shape, latent_size, [terms.CrossEntropy(beta)], **parts)
