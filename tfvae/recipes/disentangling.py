"""Latents that are pressed to be independent of each other."""

from tfvae import arguments, families, networks, priors, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe


@recipe
def factor_vae(event_shape, latent_size=16, gamma=10.0, critic=None, **parts):
    """FactorVAE: the latents are pressed to be independent of each other, and not of x.

    loss = -E_q[log p(x|z)] + KL(q(z|x) || p(z)) + gamma KL(q(z) || prod_j q(z_j))

    Kim and Mnih (2018), Disentangling by factorising, arXiv 1802.05983, equation 2.
    `critic` is what tells z from z with its dimensions mixed, by default
    `networks.mlp_critic((latent_size,))`.

    >>> len(factor_vae((8, 8, 1), 2, gamma=20.0).objective)
    3
    """
    critic = networks.mlp_critic((latent_size,)) if critic is None else critic
    dependence = terms.TotalCorrelation(critic, weight=gamma)
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(), dependence], **parts)


@recipe
def beta_tc_vae(event_shape, latent_size=16, beta=6.0, dataset_size=None, **parts):
    """beta-TC-VAE: of the KL's three parts the total correlation weighs more, and no critic estimates it.

    loss = -E_q[log p(x|z)] + I(x; z) + beta KL(q(z) || prod_j q(z_j)) + sum_j KL(q(z_j) || p(z_j))

    Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in
    variational autoencoders, arXiv 1802.04942, equation 4. The KL, which the three
    add up to, is in closed form. `dataset_size`, how many examples the training data
    have, makes q(z) an unbiased estimate; without it the batch stands for all data.

    >>> beta_tc_vae((8, 8, 1), 2, beta=4.0, dataset_size=60_000).objective
    [NegativeLogLikelihood(), KL(), BatchTotalCorrelation(dataset_size=60000, weight=3.0)]
    """
    beta = arguments.number("beta", beta, "a number >= 1", minimum=1)
    dependence = terms.BatchTotalCorrelation(dataset_size, weight=beta - 1)
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(), dependence], **parts)


@recipe
def dip_vae_i(event_shape, latent_size=16, off_diagonal=2.0, diagonal=20.0, **parts):
    """DIP-VAE-I: the means of the latents are to be uncorrelated, of variance 1.

    loss = -ELBO + off_diagonal sum_{i != j} C_ij^2 + diagonal sum_i (C_ii - 1)^2,  C = Cov[E(z|x)]

    Kumar, Sattigeri and Balakrishnan (2018), Variational inference of disentangled
    latent concepts from unlabeled observations, arXiv 1711.00848, equation 6.

    >>> dip_vae_i((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), KL(), Covariance(diagonal=20.0)]
    """
    covariance = terms.Covariance(off_diagonal, diagonal)
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(), covariance], **parts)


@recipe
def dip_vae_ii(event_shape, latent_size=16, off_diagonal=2.0, diagonal=2.0, **parts):
    """DIP-VAE-II: the latents themselves are to be uncorrelated, of variance 1.

    loss = -ELBO + off_diagonal sum_{i != j} C_ij^2 + diagonal sum_i (C_ii - 1)^2,  C = Cov[z]

    Kumar, Sattigeri and Balakrishnan (2018), Variational inference of disentangled
    latent concepts from unlabeled observations, arXiv 1711.00848, equation 7.

    >>> dip_vae_ii((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), KL(), Covariance(of_draws=True)]
    """
    covariance = terms.Covariance(off_diagonal, diagonal, of_draws=True)
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(), covariance], **parts)


@recipe
def joint_vae(event_shape, latent_size=16, num_classes=10, capacities=(25.0, 2.0), gamma=30.0, **parts):
    """JointVAE: a discrete latent beside continuous ones, the KL of each held at its own capacity.

    loss = -E_q[log p(x|z, c)] + gamma |KL(q(z|x) || p(z)) - C_z| + gamma |KL(q(c|x) || p(c)) - C_c|

    `capacities` are C_z and C_c in nats, the second at most log(num_classes); the paper lets
    them grow in training. A draw of c is one-hot, by straight-through Gumbel-softmax: of the
    relaxed draw that the paper decodes, its KL is none.

    Dupont (2018), Learning disentangled joint continuous and discrete representations,
    arXiv 1804.00104.

    >>> joint_vae((8, 8, 1), 2, capacities=(5.0, 1.0)).objective[1:]
    [KL(weight=30.0, capacity=5.0, piece=0), KL(weight=30.0, capacity=1.0, piece=1)]
    """
    one = {"event_shape": (num_classes,), "straight_through": True}
    of_both = [terms.KL(gamma, capacity=capacity, piece=piece) for piece, capacity in enumerate(capacities)]
    uniform = priors.Fixed(families.RelaxedCategorical(**one), {"logits": 0.0})
    joint = {
        "posterior": families.Joint([families.Normal((latent_size,)), families.RelaxedCategorical(**one)]),
        "prior": priors.Product([priors.StandardNormal((latent_size,)), uniform]),
        "decoder": by_size.decoder((latent_size + num_classes,), event_shape),
    }
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), *of_both], **(joint | parts))
