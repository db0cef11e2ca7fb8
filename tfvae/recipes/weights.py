"""The ELBO, and ways to weigh its KL term."""

from tfvae import schedules, terms
from tfvae.recipes.recipe import model, recipe


@recipe
def vae(event_shape, latent_size=16, **parts):
    """The variational autoencoder.

    loss = -E_q[log p(x|z)] + KL(q(z|x) || p(z))

    Kingma and Welling (2014), Auto-encoding variational Bayes, arXiv 1312.6114,
    equation 3; Rezende, Mohamed and Wierstra (2014), arXiv 1401.4082.

    Args:
        event_shape: Shape of x, such as (28, 28, 1).
        latent_size: Number of latent dimensions.
        **parts: Arguments of `VAE` in place of defaults.

    >>> vae((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), KL()]
    """
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL()], **parts)


@recipe
def beta_vae(event_shape, latent_size=16, beta=4.0, **parts):
    """beta-VAE: the KL weighs more, and latents are pressed to be independent.

    loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z))

    Higgins et al. (2017), beta-VAE: Learning basic visual concepts with a
    constrained variational framework, equation 4.

    >>> beta_vae((8, 8, 1), 2, beta=8.0).objective
    [NegativeLogLikelihood(), KL(weight=8.0)]
    """
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(weight=beta)], **parts)


@recipe
def warm_up_vae(event_shape, latent_size=16, steps=1000, **parts):
    """KL warm-up: the KL's weight rises from 0 to 1 over the first `steps` train steps.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) KL(q(z|x) || p(z))

    Bowman et al. (2016), arXiv 1511.06349, section 3.1; Sonderby et al. (2016),
    arXiv 1602.02282, section 2.3.

    >>> warm_up_vae((8, 8, 1), 2, steps=500).objective
    [NegativeLogLikelihood(), KL(weight=Linear(0.0, 1.0, steps=500))]
    """
    kl = terms.KL(weight=schedules.Linear(0.0, 1.0, steps))
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), kl], **parts)


@recipe
def cyclical_vae(event_shape, latent_size=16, steps=1000, cycles=4, **parts):
    """Cyclical annealing: the KL's weight rises from 0 to 1 again and again, over `steps` train steps in all.

    loss = -E_q[log p(x|z)] + min(2 tau, 1) KL(q(z|x) || p(z)),  tau = the place in its cycle, in [0, 1)

    Fu et al. (2019), Cyclical annealing schedule: A simple approach to mitigating
    KL vanishing, arXiv 1903.10145, equations 6 and 7.

    >>> cyclical_vae((8, 8, 1), 2, steps=500).objective
    [NegativeLogLikelihood(), KL(weight=Cyclical(0.0, 1.0, steps=500))]
    """
    kl = terms.KL(weight=schedules.Cyclical(0.0, 1.0, steps, cycles))
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), kl], **parts)


@recipe
def free_bits_vae(event_shape, latent_size=16, free_bits=0.25, **parts):
    """Free bits: the first nats of every latent dimension cost nothing.

    loss = -E_q[log p(x|z)] + sum_i max(free_bits, mean over the batch of KL_i)

    Kingma et al. (2016), Improving variational inference with inverse
    autoregressive flow, arXiv 1606.04934, equation 15.

    >>> free_bits_vae((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), KL(free_bits=0.25)]
    """
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(free_bits=free_bits)], **parts)


@recipe
def capacity_vae(event_shape, latent_size=16, capacity=25.0, gamma=100.0, **parts):
    """Capacity: the KL is held at so many nats.

    loss = -E_q[log p(x|z)] + gamma |KL(q(z|x) || p(z)) - capacity|

    Burgess et al. (2018), Understanding disentangling in beta-VAE, arXiv
    1804.03599, equation 8.

    >>> capacity_vae((8, 8, 1), 2, capacity=3.0).objective
    [NegativeLogLikelihood(), KL(weight=100.0, capacity=3.0)]
    """
    kl = terms.KL(weight=gamma, capacity=capacity)
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), kl], **parts)
