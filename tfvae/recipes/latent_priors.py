"""Priors that are learned."""

from tfvae import arguments, families, networks, priors, terms
from tfvae.families import flows
from tfvae.recipes.recipe import model, recipe


@recipe
def diffusion_prior_vae(event_shape, latent_size=16, filters=128, blocks=2, **parts):
    """A VAE whose prior is a diffusion, learned with the rest.

    loss = -E_q[log p(x|z)] + E_q[log q(z|x)] - E_q[b(z)],  b(z) <= log p(z)

    b is the bound of `priors.Diffusion`, whose network has dense residual blocks.

    Vahdat, Kreis and Kautz (2021), Score-based generative modeling in latent space,
    arXiv 2106.05931. There the network has an objective of its own.

    >>> diffusion_prior_vae((8, 8, 1), 2).sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])
    """
    latent = (latent_size,)
    prior = priors.Diffusion(latent, networks.Denoiser(latent, filters, blocks))
    objective = [terms.NegativeLogLikelihood(), terms.NegativeEntropy(), terms.CrossEntropy()]
    return model(event_shape, latent_size, objective, **({"prior": prior} | parts))


@recipe
def gaussian_mixture_prior_vae(event_shape, latent_size=16, components=10, **parts):
    """A VAE whose prior is a mixture of Gaussians, learned with the rest.

    loss = -E_q[log p(x|z) + log sum_k w_k N(z; m_k, diag(s_k^2)) - log q(z|x)]

    Dilokthanakul et al. (2016), Deep unsupervised clustering with Gaussian
    mixture variational autoencoders, arXiv 1611.02648, equation 2 with the
    component summed out; the "MoG" of Tomczak and Welling (2018), section 2.

    >>> gaussian_mixture_prior_vae((8, 8, 1), 2, components=5).prior
    GaussianMixture((2,), components=5)
    """
    sampled = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    mixture = {"prior": priors.GaussianMixture((latent_size,), components)}
    return model(event_shape, latent_size, sampled, **(mixture | parts))


@recipe
def vamp_prior_vae(event_shape, latent_size=16, components=500, **parts):
    """VampPrior VAE: the prior is the mean of the encoder's posteriors of learned pseudo-inputs.

    loss = -E_q[log p(x|z) + log 1/K sum_k q(z|u_k) - log q(z|x)]

    Tomczak and Welling (2018), VAE with a VampPrior, arXiv 1705.07120, equation 9.

    >>> vamp_prior_vae((8, 8, 1), 2, components=50).prior
    VampPrior((2,), (8, 8, 1), components=50)
    """
    sampled = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    vamp = {"prior": priors.VampPrior((latent_size,), event_shape, components)}
    return model(event_shape, latent_size, sampled, **(vamp | parts))


@recipe
def autoregressive_prior_vae(event_shape, latent_size=16, num_flows=2, units=(64,), **parts):
    """Autoregressive prior: p(z) is learned, a flow that takes z back to noise in one pass.

    log p(z) = log N(e; loc, scale^2) + sum_t sum_i log s_ti,  e = f_T(... f_1(z)),  f_i(z) = m_i(z_<i) + s_i(z_<i) z_i
    loss = -E_q[log p(x|z)] + E_q[log q(z|x) - log p(z)]

    Chen et al. (2017), Variational lossy autoencoder, arXiv 1611.02731, section
    3.2; the flow: Papamakarios, Pavlakou and Murray (2017), Masked autoregressive
    flow for density estimation, arXiv 1705.07057, equations 3 to 5.

    >>> autoregressive_prior_vae((8, 8, 1), 2).sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])
    """
    latent, num_flows = (latent_size,), arguments.integer("num_flows", num_flows)
    chain = [
        flows.Inverted(flows.InverseAutoregressive(latent, units, reverse=step % 2 == 1)) for step in range(num_flows)
    ]
    prior = priors.Learned(families.Transformed(families.Normal(latent), chain))
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    return model(event_shape, latent_size, objective, **({"prior": prior} | parts))
