"""Models whose prior has a component for each cluster."""

from tfvae import arguments, families, networks, priors, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe


@recipe
def vade(event_shape, latent_size=16, components=10, **parts):
    """Variational deep embedding, VaDE: clusters are the components of the prior, one of which each x is of.

    loss = -E_q[log p(x|z)] + KL(q(z|x) q(c|x) || p(c) p(z|c)),  q(c|x) = p(c|z) = w_c p(z|c) / sum_k w_k p(z|k)

    `latent.class_probabilities` is q(c|x). As the paper says, it needs a start: a trained VAE or
    autoencoder, to which `latent.fit_prior(vae, x, priors.GaussianMixture(...), vade(...).objective)`
    fits the mixture by EM, and `fit` trains on.

    Jiang, Zheng, Tan, Tang and Zhou (2017), Variational deep embedding: an unsupervised
    and generative approach to clustering, arXiv 1611.05148.

    >>> vade((8, 8, 1), 2, components=5).objective
    [NegativeLogLikelihood(), MixtureKL()]
    """
    mixture = {"prior": priors.GaussianMixture((latent_size,), components)}
    objective = [terms.NegativeLogLikelihood(), terms.MixtureKL()]
    return model(event_shape, latent_size, objective, **(mixture | parts))


@recipe
def gmvae(event_shape, latent_size=16, components=10, noise_size=8, **parts):
    """Gaussian mixture VAE, GMVAE: the prior of z is a mixture that a noise w above it shapes.

    log p(x, z, w) = log N(w; 0, I) + log 1/K sum_k N(z; m_k(w), s_k(w)^2) + log p(x|z)
    loss = -E_q[log p(x|z)] + KL(q(w|x) || p(w)) + E_q[log q(z|x) - log p(z|w)]

    The paper's bound with p(k|z, w) by Bayes' rule, which is the k of z summed out;
    `latent.class_probabilities` gives it. Its minimum information constraint is
    terms.KL(level=0, free_bits=...).

    Dilokthanakul et al. (2016), Deep unsupervised clustering with Gaussian mixture
    variational autoencoders, arXiv 1611.02648.

    >>> gmvae((8, 8, 1), 2, components=7).prior
    Hierarchical(StandardNormal((8,)), [Mixture(Normal((2,)), components=7, equal_weights=True)])
    """
    top, below = (arguments.integer("noise_size", noise_size),), (latent_size,)
    encoder, mixture = by_size.encoder(event_shape), families.Mixture(families.Normal(below), components, True)
    blocks = [networks.mlp_decoder(top, (128,)), by_size.lowest(128, latent_size, by_size.decoder(below, event_shape))]
    objective = [terms.NegativeLogLikelihood(), terms.KL(level=0), terms.KL(level=1, monte_carlo=True)]
    levels = {
        "encoder": networks.BottomUpEncoder([encoder, networks.linear(encoder.output_shape[1:])]),
        "posterior": families.TopDown([families.Normal(top), families.Normal(below)]),
        "prior": priors.Hierarchical(priors.StandardNormal(top), [mixture]),
        "decoder": networks.TopDownDecoder(blocks, [top, below]),
    }
    return model(event_shape, latent_size, objective, **(levels | parts))
