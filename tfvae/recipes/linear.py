"""The linear cases, whose likelihood has a closed form."""

from tfvae import families, networks
from tfvae.recipes.likelihoods import sigma_vae
from tfvae.recipes.recipe import recipe


@recipe
def ppca(event_shape, latent_size=16, **parts):
    """Probabilistic PCA: the linear VAE.

    x = W z + b + sigma eps,  log p(x) = log N(x; b, W W^T + sigma^2 I)

    Tipping and Bishop (1999), Probabilistic principal component analysis; as a
    VAE: Lucas et al. (2019), Don't blame the ELBO!, arXiv 1911.02469.

    >>> ppca((8, 8, 1), 2).encoder.count_params()
    0
    """
    linear = {"encoder": networks.linear(event_shape), "decoder": networks.linear((latent_size,))}
    return sigma_vae(event_shape, latent_size, **(linear | parts))


@recipe
def factor_analysis(event_shape, latent_size=16, **parts):
    """Factor analysis: the linear VAE whose noise has a variance of its own for each dimension.

    x = W z + b + diag(s) eps,  log p(x) = log N(x; b, W W^T + diag(s^2))

    Rubin and Thayer (1982), EM algorithms for ML factor analysis, equation 1; its
    variational form is a linear VAE: Kingma and Welling (2019), arXiv 1906.02691.

    >>> factor_analysis((8, 8, 1), 2).likelihood
    Normal((8, 8, 1), scale='optimal_dimension')
    """
    noise = {"likelihood": families.Normal(event_shape, scale="optimal_dimension")}
    return ppca(event_shape, latent_size, **(noise | parts))
