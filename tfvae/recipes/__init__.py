"""The papers, by name: each a few parts, and no class of its own.

Every recipe takes the shape of x and the number of latent dimensions, what the
paper adds, and as keyword arguments any part of `VAE` to put in a default's
place:

    recipes.beta_vae((28, 28, 1), 16, beta=4.0, encoder=networks.conv_encoder((28, 28, 1)))

The defaults are networks by the size of x (a hidden layer of 512 units on either
side; for pictures from 16x16 on convolutions, from 32x32 on residual ones), a
Gaussian posterior and prior, and a Bernoulli likelihood of pixels that are
binarised afresh for each batch.
"""

from tfvae.recipes import (
    autoencoders,
    bounds,
    clustering,
    conditional,
    counts,
    disentangling,
    hierarchies,
    labels,
    latent_priors,
    likelihoods,
    linear,
    manifolds,
    matching,
    modalities,
    pictures,
    posteriors,
    quantised,
    sharp,
    weights,
)
from tfvae.recipes.autoencoders import (
    autoencoder,
    denoising_autoencoder,
    rae_gp,
    rae_l2,
    rae_sn,
    sparse_autoencoder,
)
from tfvae.recipes.bounds import (
    ciwae,
    dreg_iwae,
    hamiltonian_vae,
    iwae,
    miwae,
    piwae,
    riemannian_hamiltonian_vae,
    sticking_the_landing_vae,
)
from tfvae.recipes.clustering import gmvae, vade
from tfvae.recipes.conditional import conditional_prior_vae, conditional_vae
from tfvae.recipes.counts import count_vae, mult_vae, prod_lda
from tfvae.recipes.disentangling import beta_tc_vae, dip_vae_i, dip_vae_ii, factor_vae, joint_vae
from tfvae.recipes.hierarchies import ladder_vae, nvae, sequential_vae, top_down_vae, very_deep_vae
from tfvae.recipes.labels import semi_supervised_vae, stacked_semi_supervised_vae
from tfvae.recipes.latent_priors import (
    autoregressive_prior_vae,
    diffusion_prior_vae,
    gaussian_mixture_prior_vae,
    vamp_prior_vae,
)
from tfvae.recipes.likelihoods import continuous_bernoulli_vae, robust_vae, sigma_vae, student_t_vae
from tfvae.recipes.linear import factor_analysis, ppca
from tfvae.recipes.manifolds import hyperspherical_vae, mixed_curvature_vae, poincare_vae, toroidal_vae
from tfvae.recipes.matching import (
    adversarial_autoencoder,
    info_vae,
    sinkhorn_autoencoder,
    sliced_wasserstein_autoencoder,
    wae_gan,
    wae_mmd,
)
from tfvae.recipes.modalities import jmvae, mmvae, mopoe_vae, mvae
from tfvae.recipes.pictures import image_vae
from tfvae.recipes.posteriors import (
    categorical_vae,
    iaf_vae,
    mixture_posterior_vae,
    planar_flow_vae,
    radial_flow_vae,
    semi_implicit_vae,
)
from tfvae.recipes.quantised import fsq_vae, lfq_vae, rq_vae, vq_vae
from tfvae.recipes.sharp import autoencoder_kl, dfc_vae, ms_ssim_vae, vae_gan
from tfvae.recipes.tables import table_iwae as table_iwae
from tfvae.recipes.tables import table_vae as table_vae
from tfvae.recipes.weights import beta_vae, capacity_vae, cyclical_vae, free_bits_vae, vae, warm_up_vae

# Those of `tables` take a table in place of a shape, so they are in neither list.
# In the order in which they are listed. The command line reads this, and the files, as text.
THEMES = (
    weights,
    disentangling,
    pictures,
    sharp,
    bounds,
    posteriors,
    manifolds,
    hierarchies,
    latent_priors,
    likelihoods,
    counts,
    linear,
    autoencoders,
    matching,
    quantised,
    clustering,
    conditional,
    labels,
    modalities,
)

__all__ = [
    "adversarial_autoencoder",
    "autoencoder",
    "autoencoder_kl",
    "autoregressive_prior_vae",
    "beta_tc_vae",
    "beta_vae",
    "capacity_vae",
    "categorical_vae",
    "ciwae",
    "conditional_prior_vae",
    "conditional_vae",
    "continuous_bernoulli_vae",
    "count_vae",
    "cyclical_vae",
    "denoising_autoencoder",
    "dfc_vae",
    "diffusion_prior_vae",
    "dip_vae_i",
    "dip_vae_ii",
    "dreg_iwae",
    "factor_analysis",
    "factor_vae",
    "free_bits_vae",
    "fsq_vae",
    "gaussian_mixture_prior_vae",
    "gmvae",
    "hamiltonian_vae",
    "hyperspherical_vae",
    "iaf_vae",
    "image_vae",
    "info_vae",
    "iwae",
    "jmvae",
    "joint_vae",
    "ladder_vae",
    "lfq_vae",
    "miwae",
    "mixed_curvature_vae",
    "mixture_posterior_vae",
    "mmvae",
    "mopoe_vae",
    "ms_ssim_vae",
    "mult_vae",
    "mvae",
    "nvae",
    "piwae",
    "planar_flow_vae",
    "poincare_vae",
    "ppca",
    "prod_lda",
    "radial_flow_vae",
    "rae_gp",
    "rae_l2",
    "rae_sn",
    "riemannian_hamiltonian_vae",
    "robust_vae",
    "rq_vae",
    "semi_implicit_vae",
    "semi_supervised_vae",
    "sequential_vae",
    "sigma_vae",
    "sinkhorn_autoencoder",
    "sliced_wasserstein_autoencoder",
    "sparse_autoencoder",
    "stacked_semi_supervised_vae",
    "sticking_the_landing_vae",
    "student_t_vae",
    "top_down_vae",
    "toroidal_vae",
    "vade",
    "vae",
    "vae_gan",
    "vamp_prior_vae",
    "very_deep_vae",
    "vq_vae",
    "wae_gan",
    "wae_mmd",
    "warm_up_vae",
]
