"""Autoencoders whose codes, of all x together, have the prior's law: q(z) = E_x q(z|x) is matched to p(z), not q(z|x).

So a code may keep what it knows of its x, and draws of the prior still decode. All but `adversarial_autoencoder` and
`info_vae` map each x to a point and pay for squared error.
"""

from tfvae import arguments, networks, terms
from tfvae.recipes.recipe import model, of_points, recipe


@recipe
def wae_mmd(event_shape, latent_size=8, weight=100.0, **parts):
    """WAE-MMD: an autoencoder whose codes are matched to the prior by a kernel.

    loss = |x - decode(z)|^2 + weight MMD^2(q(z), p(z)) + constant,  z = encode(x)

    Tolstikhin, Bousquet, Gelly and Schoelkopf (2018), Wasserstein auto-encoders, arXiv
    1711.01558, algorithm 2.

    >>> wae_mmd((8, 8, 1), 2, weight=10.0).objective[1]
    MMD(weight=10.0, kernel=InverseMultiquadric())
    """
    return of_points(event_shape, latent_size, [terms.MMD(weight=weight)], **parts)


@recipe
def wae_gan(event_shape, latent_size=8, weight=0.5, critic=None, **parts):
    """WAE-GAN: an autoencoder whose codes a critic can't tell from draws of the prior.

    loss = |x - decode(z)|^2 + weight log(1 + exp(-c(z))) + constant,  z = encode(x)

    The critic c, by default `networks.mlp_critic((latent_size,))`, learns log p(z) / q(z). On pictures of 8x8 a weight
    of 10 has codes flee from it, and none come back.

    Tolstikhin, Bousquet, Gelly and Schoelkopf (2018), Wasserstein auto-encoders, arXiv
    1711.01558, algorithm 1.

    >>> len(wae_gan((8, 8, 1), 2).objective)
    2
    """
    critic = networks.mlp_critic((latent_size,)) if critic is None else critic
    return of_points(event_shape, latent_size, [terms.LatentAdversarial(critic, weight=weight)], **parts)


@recipe
def adversarial_autoencoder(event_shape, latent_size=8, weight=1.0, critic=None, **parts):
    """Adversarial autoencoder: a VAE in whose objective a critic of z takes the place of the KL.

    loss = -E_q[log p(x|z)] + weight E_q[log(1 + exp(-c(z)))]

    The critic c, by default `networks.mlp_critic((latent_size,))`, learns log p(z) / q(z).

    Makhzani, Shlens, Jaitly, Goodfellow and Frey (2015), Adversarial autoencoders, arXiv
    1511.05644, section 2.

    >>> adversarial_autoencoder((8, 8, 1), 2).posterior
    Normal((2,))
    """
    critic = networks.mlp_critic((latent_size,)) if critic is None else critic
    objective = [terms.NegativeLogLikelihood(), terms.LatentAdversarial(critic, weight=weight)]
    return model(event_shape, latent_size, objective, **parts)


@recipe
def sliced_wasserstein_autoencoder(event_shape, latent_size=8, weight=100.0, num_projections=50, **parts):
    """Sliced Wasserstein autoencoder: codes are matched to the prior by their order along random directions.

    loss = |x - decode(z)|^2 + weight E_theta W_2^2(theta z, theta y) + constant,  z = encode(x),  y ~ p(z)

    Kolouri, Pope, Martin and Rohde (2018), Sliced-Wasserstein auto-encoders, arXiv
    1804.01947, equation 14 and algorithm 1.

    >>> sliced_wasserstein_autoencoder((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), SlicedWasserstein(weight=100.0)]
    """
    distance = terms.SlicedWasserstein(weight=weight, num_projections=num_projections)
    return of_points(event_shape, latent_size, [distance], **parts)


@recipe
def sinkhorn_autoencoder(event_shape, latent_size=8, weight=10.0, epsilon=None, **parts):
    """Sinkhorn autoencoder: codes are matched to the prior by optimal transport with some blur.

    loss = |x - decode(z)|^2 + weight S_epsilon(q(z), p(z)) + constant,  z = encode(x)

    S_epsilon is `terms.Sinkhorn`, debiased. `epsilon` is latent_size / 2 by default, a quarter of the mean squared
    distance of two draws of the prior. Small batches draw codes together: in batches of 64 digits they keep 0.5 to 0.7
    of the prior's variance.

    Patrini, van den Berg, Forre, Carioni, Bhargav, Welling, Genewein and Nielsen (2019),
    Sinkhorn autoencoders, arXiv 1810.01118.

    >>> sinkhorn_autoencoder((8, 8, 1), 2, epsilon=0.5).objective
    [NegativeLogLikelihood(), Sinkhorn(weight=10.0, epsilon=0.5)]
    """
    epsilon = latent_size / 2 if epsilon is None else epsilon
    return of_points(event_shape, latent_size, [terms.Sinkhorn(weight=weight, epsilon=epsilon)], **parts)


@recipe
def info_vae(event_shape, latent_size=16, alpha=1.0, lambda_=100.0, **parts):
    """InfoVAE: less of the KL, which costs what z knows of x, and in its place the MMD, which doesn't.

    loss = -E_q[log p(x|z)] + (1 - alpha) KL(q(z|x) || p(z)) + (alpha + lambda_ - 1) MMD^2(q(z), p(z))

    `alpha` is the worth of a nat that z knows of x, at most 1. At alpha 0 and lambda_ 1 it is the VAE, at alpha 1 the
    MMD-VAE, whose KL costs nothing. An MMD of few examples is noisy: beside a KL, a `lambda_` of hundreds may teach the
    model to ignore z.

    Zhao, Song and Ermon (2017), InfoVAE: Balancing learning and inference in variational
    autoencoders, arXiv 1706.02262, section 3.2.

    >>> info_vae((8, 8, 1), 2, alpha=0.5, lambda_=50.5).objective[1:]
    [KL(weight=0.5), MMD(weight=50.0, kernel=InverseMultiquadric())]
    """
    arguments.number("alpha", alpha, "a number of at most 1", maximum=1)
    arguments.number("lambda_", lambda_, f"a number of at least 1 - alpha = {1 - alpha}", minimum=1 - alpha)
    objective = [terms.NegativeLogLikelihood(), terms.KL(weight=1 - alpha), terms.MMD(weight=alpha + lambda_ - 1)]
    return model(event_shape, latent_size, objective, **parts)
