"""Models of several modalities, an image and its label, any of which is found from the others."""

import itertools

from tfvae import families, terms
from tfvae.recipes import pairs
from tfvae.recipes.recipe import recipe


@recipe
def mvae(event_shape, latent_size=16, num_classes=10, **parts):
    """MVAE: what each modality says of z is multiplied, and each is also trained alone.

    loss = -ELBO(x) - sum_m ELBO(x_m),  q(z|x) = p(z) prod_m expert_m(z) / constant

    x is {"image": ..., "label": one-hot}, or has the modalities of the likelihood that is given. In
    each ELBO log p(x_m|z) weighs as if x_m had as many dimensions as the largest, so that none is ignored.

    Wu and Goodman (2018), arXiv 1802.05335.

    >>> mvae((8, 8, 1), 2).posterior
    ProductOfExperts({'image': Normal((2,)), 'label': Normal((2,))})
    """
    p = pairs.likelihood(event_shape, num_classes, parts)
    alone = terms.OnSubsets([pairs.reconstruction(p), terms.KL()])
    objective = [pairs.reconstruction(p), terms.KL(), alone]
    return pairs.of(p, latent_size, objective, **{"posterior": pairs.experts(p, latent_size), **parts})


@recipe
def mmvae(event_shape, latent_size=16, num_classes=10, **parts):
    """MMVAE: z is drawn from each modality in turn, and has to explain all of them.

    loss = -1/M sum_m E_q(z|x_m)[log p(x, z) / q(z|x)],  q(z|x) = 1/M sum_m q(z|x_m)

    x and the weights of its modalities are as for `mvae`. The paper's bound of K draws from each
    is objective=[terms.MultiplyImportanceWeighted(M, K)].

    Shi, Siddharth, Paige and Torr (2019), arXiv 1911.03393.

    >>> mmvae((8, 8, 1), 2).posterior
    MixtureOfExperts(ProductOfExperts({'image': Normal((2,)), 'label': Normal((2,))}))
    """
    p = pairs.likelihood(event_shape, num_classes, parts)
    posterior = families.MixtureOfExperts(pairs.experts(p, latent_size))
    draws = len(p.modalities)
    objective = [pairs.reconstruction(p, draws), terms.KL(monte_carlo=True, num_samples=draws)]
    return pairs.of(p, latent_size, objective, **{"posterior": posterior, **parts})


@recipe
def mopoe_vae(event_shape, latent_size=16, num_classes=10, **parts):
    """MoPoE-VAE: z is drawn from the experts of every subset of modalities in turn, and has to explain all.

    loss = -1/|S| sum_s E_q(z|x_s)[log p(x, z) / q(z|x)],  q(z|x) = 1/|S| sum_s q(z|x_s)

    S are the subsets but the empty one, q(z|x_s) the product of p(z) and the experts of s. x and the
    weights of its modalities are as for `mvae`.

    Sutter, Daunhawer and Vogt (2021), arXiv 2105.02470.

    >>> mopoe_vae((8, 8, 1), 2).posterior.subsets
    [['image'], ['label'], ['image', 'label']]
    """
    p = pairs.likelihood(event_shape, num_classes, parts)
    sizes = range(1, len(p.modalities) + 1)
    subsets = [list(subset) for size in sizes for subset in itertools.combinations(p.modalities, size)]
    posterior = families.MixtureOfExperts(pairs.experts(p, latent_size), subsets)
    draws = len(subsets)
    objective = [pairs.reconstruction(p, draws), terms.KL(monte_carlo=True, num_samples=draws)]
    return pairs.of(p, latent_size, objective, **{"posterior": posterior, **parts})


@recipe
def jmvae(event_shape, latent_size=16, num_classes=10, alpha=0.1, **parts):
    """JMVAE: an encoder of all modalities, and of each one an encoder that learns to say the same.

    loss = -ELBO(x) + alpha sum_m KL(q(z|x) || q(z|x_m))

    x and the weights of its modalities are as for `mvae`.

    Suzuki, Nakayama and Matsuo (2016), arXiv 1611.01891.

    >>> jmvae((8, 8, 1), 2).objective[-1]
    ModalityKL(weight=0.1)
    """
    p = pairs.likelihood(event_shape, num_classes, parts)
    posterior = families.JointAndExperts(pairs.experts(p, latent_size), families.Normal((latent_size,)))
    objective = [pairs.reconstruction(p), terms.KL(), terms.ModalityKL(alpha)]
    encoder = parts["encoder"] if "encoder" in parts else pairs.joint_encoder(p)
    return pairs.of(p, latent_size, objective, **{"posterior": posterior, **parts, "encoder": encoder})
