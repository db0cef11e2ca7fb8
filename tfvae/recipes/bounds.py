"""Importance-weighted bounds, and estimators of their gradients."""

from tfvae import arguments, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe


@recipe
def iwae(event_shape, latent_size=16, num_samples=50, **parts):
    """IWAE: a bound that tightens with the draws of z.

    loss = -E[log 1/K sum_k p(x, z_k) / q(z_k|x)],  z_k ~ q(z|x)

    Burda, Grosse and Salakhutdinov (2016), Importance weighted autoencoders,
    arXiv 1509.00519, equation 8.

    >>> iwae((8, 8, 1), 2, num_samples=5).objective
    [ImportanceWeighted(5)]
    """
    return model(event_shape, latent_size, [terms.ImportanceWeighted(num_samples)], **parts)


@recipe
def ciwae(event_shape, latent_size=16, num_samples=50, beta=0.5, **parts):
    """CIWAE: between the ELBO, whose gradient moves the encoder well, and the tighter bound of IWAE.

    loss = -beta ELBO - (1 - beta) E[log 1/K sum_k w_k],  w_k = p(x, z_k) / q(z_k|x)

    Rainforth et al. (2018), Tighter variational bounds are not necessarily
    better, arXiv 1802.04537, equation 10.

    >>> ciwae((8, 8, 1), 2, num_samples=5, beta=0.25).objective
    [MultiplyImportanceWeighted(5, 1, weight=0.25), ImportanceWeighted(5, weight=0.75)]
    """
    arguments.number("beta", beta, "a number from 0 to 1", minimum=0, maximum=1)
    elbo = terms.MultiplyImportanceWeighted(num_samples, 1, weight=beta)
    bound = terms.ImportanceWeighted(num_samples, weight=1 - beta)
    return model(event_shape, latent_size, [elbo, bound], **parts)


@recipe
def miwae(event_shape, latent_size=16, bounds=8, draws=8, **parts):
    """MIWAE: the mean of several importance-weighted bounds, for a gradient with less noise.

    loss = -E[1/M sum_m log 1/k sum_j w_mj],  w_mj = p(x, z_mj) / q(z_mj|x)

    Rainforth et al. (2018), Tighter variational bounds are not necessarily
    better, arXiv 1802.04537, equation 9.

    >>> miwae((8, 8, 1), 2, bounds=4, draws=5).objective
    [MultiplyImportanceWeighted(4, 5)]
    """
    return model(event_shape, latent_size, [terms.MultiplyImportanceWeighted(bounds, draws)], **parts)


@recipe
def piwae(event_shape, latent_size=16, bounds=8, draws=8, **parts):
    """PIWAE: the encoder follows MIWAE, the decoder IWAE, on the same draws.

    loss = -E[1/M sum_m log 1/k sum_j w_mj] for the encoder, -E[log 1/(M k) sum_mj w_mj] for the decoder

    Rainforth et al. (2018), Tighter variational bounds are not necessarily
    better, arXiv 1802.04537, section 5.

    >>> piwae((8, 8, 1), 2, bounds=4, draws=5).objective
    [PerNetwork(inference=MultiplyImportanceWeighted(4, 5), generative=ImportanceWeighted(20))]
    """
    encoders = terms.MultiplyImportanceWeighted(bounds, draws)
    both = terms.PerNetwork(encoders, terms.ImportanceWeighted(encoders.num_samples))
    return model(event_shape, latent_size, [both], **parts)


@recipe
def sticking_the_landing_vae(event_shape, latent_size=16, num_samples=1, **parts):
    """Sticking the landing (STL): the ELBO, its encoder's gradient free of noise where q(z|x) = p(z|x).

    loss = -1/K sum_k log w_k,  d loss / d phi := -1/K sum_k d log w_k / dz_k  dz_k / d phi,  w_k = p(x, z_k) / q(z_k|x)

    Roeder, Wu and Duvenaud (2017), Sticking the landing, arXiv 1703.09194,
    equation 7.

    >>> sticking_the_landing_vae((8, 8, 1), 2).objective
    [PathGradient(MultiplyImportanceWeighted(1, 1))]
    """
    elbo = terms.MultiplyImportanceWeighted(num_samples, 1)
    return model(event_shape, latent_size, [terms.PathGradient(elbo)], **parts)


@recipe
def dreg_iwae(event_shape, latent_size=16, num_samples=50, **parts):
    """DReG: IWAE, its encoder's gradient doubly reparameterised, so that more draws help the encoder, too.

    loss = -log 1/K sum_k w_k,  d loss / d phi := -sum_k (w_k / sum_j w_j)^2 d log w_k / dz_k  dz_k / d phi

    Tucker, Lawson, Gu and Maddison (2019), Doubly reparameterized gradient
    estimators for Monte Carlo objectives, arXiv 1810.04152, equation 8.

    >>> dreg_iwae((8, 8, 1), 2, num_samples=5).objective
    [PathGradient(ImportanceWeighted(5))]
    """
    return model(event_shape, latent_size, [terms.PathGradient(terms.ImportanceWeighted(num_samples))], **parts)


@recipe
def hamiltonian_vae(event_shape, latent_size=16, steps=3, **parts):
    """Hamiltonian VAE (HVAE): draws of the posterior moved uphill on log p(x, z), volume kept.

    loss = -E[log p(x, z_T) - |r_T|^2 / 2 - log q(z_0|x) + |r|^2 / 2],  z_0 ~ q(z|x),  r ~ N(0, I)
    (z_T, r_T) by T leapfrog steps from (z_0, r / sqrt(b_0)), the momentum cooled from step to step until b_T = 1

    Caterini, Doucet and Sejdinovic (2018), Hamiltonian variational auto-encoder,
    arXiv 1805.11328, algorithm 1; each draw keeps its own |r|^2, whose mean the paper takes.

    >>> hamiltonian_vae((8, 8, 1), 2, steps=5).objective
    [Hamiltonian(ImportanceWeighted(1), (2,), steps=5)]
    """
    moved = terms.Hamiltonian(terms.ImportanceWeighted(1), (latent_size,), steps)
    return model(event_shape, latent_size, [moved], **parts)


@recipe
def riemannian_hamiltonian_vae(event_shape, latent_size=16, steps=3, **parts):
    """Riemannian Hamiltonian VAE (RHVAE): a Hamiltonian VAE in a metric by which steps near the codes are short.

    loss = -E[log p(x, z_T) + log N(r_T; 0, G(z_T)) - log q(z_0|x) - log N(r; 0, G(z_0))],  r ~ N(0, G(z_0))
    G(z)^-1 = sum_i L(x_i) L(x_i)^T exp(-|z - m_i|^2 / T^2) + lambda I,  m_i the mean of q(z|x_i), over the batch

    Chadebec, Mantoux and Allassonniere (2020), Geometry-aware Hamiltonian variational auto-encoder, arXiv 2010.11518,
    whose step sizes and inverse temperature are fixed. `latent.fit_prior` with `priors.InverseVolume` samples by G.

    >>> riemannian_hamiltonian_vae((8, 8, 1), 2).objective[0].metric.temperature
    1.5
    """
    metric = terms.geometry.CentroidMetric(by_size.encoder(event_shape))
    # Short enough for the implicit steps to converge where many codes of a batch are near.
    sizes = {"step_size": 0.01, "max_step_size": 0.05}
    moved = terms.Hamiltonian(terms.ImportanceWeighted(1), (latent_size,), steps, **sizes, metric=metric)
    return model(event_shape, latent_size, [moved], **parts)
