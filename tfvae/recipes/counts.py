"""Models of counts: purchases, words, genes."""

import keras

from tfvae import arguments, data, families, networks, priors, schedules, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe


def _encoder(event_shape):
    """Returns log(1 + x), with mean 0 and variance 1 over each example, -> flat features.

    Unnormalised, the KL of a model that has learned nothing would grow with the number of dimensions and the library.
    """
    axes = list(range(1, len(event_shape) + 1))
    even = keras.layers.LayerNormalization(axis=axes, center=False, scale=False)
    network = keras.Sequential([keras.Input(event_shape), even, by_size.encoder(event_shape)])
    return networks.LogCounts(network)


def _like_a_dirichlet(latent_size, concentration):
    """Returns the Laplace approximation of a symmetric Dirichlet in the softmax basis: a normal of independent z."""
    latent_size = arguments.integer("latent_size", latent_size, "an int >= 2, the number of topics", minimum=2)
    least = "a number > 0, of the Dirichlet that the prior stands for"
    concentration = arguments.number("concentration", concentration, least, minimum=1e-9)
    spread = ((1 - 1 / latent_size) / concentration) ** 0.5
    return priors.Fixed(families.Normal((latent_size,)), {"loc": 0.0, "scale": spread})


def _shares(latent_size):
    """Returns z -> K softmax(z)."""
    shares = [keras.layers.Softmax(), keras.layers.Rescaling(float(latent_size))]
    return keras.Sequential([keras.Input((latent_size,)), *shares])


@recipe
def mult_vae(event_shape, latent_size=16, beta=0.2, steps=1000, dropout=0.5, **parts):
    """Mult-VAE: purchases, each of a user's falling on one of all items, for recommendations.

    loss = -E_q[sum_i x_i log softmax(f(z))_i] + min(t / steps, 1) beta KL(q(z|x) || p(z)) + constant

    Liang, Krishnan, Hoffman and Jebara (2018), Variational autoencoders for collaborative filtering, arXiv 1802.05814,
    equations 2 and 6. The encoder sees x / |x|, of which in training a share of `dropout` is left out.
    `evaluation.ranking` has recall and NDCG of what is recommended.

    >>> mult_vae((8, 8, 1), 2).likelihood
    Multinomial((8, 8, 1))
    """
    arguments.number("dropout", dropout, "a probability in [0, 1)", minimum=0, maximum=1 - 1e-9)
    seen = [keras.Input(event_shape), keras.layers.Dropout(dropout), by_size.encoder(event_shape)]
    purchases = {
        "encoder": networks.UnitLength(keras.Sequential(seen)),
        "likelihood": families.Multinomial(event_shape),
        "preprocessing": data.Counts(),
    }
    kl = terms.KL(weight=schedules.Linear(0.0, beta, steps))
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), kl], **(purchases | parts))


@recipe
def prod_lda(event_shape, latent_size=20, concentration=1.0, **parts):
    """ProdLDA: documents as products of topics, whose shares have a logistic-normal prior that stands for a Dirichlet.

    loss = -E_q[log Multinomial(x; softmax(W theta + b))] + KL(q(z|x) || N(0, (1 - 1/K) / concentration I)),
    theta = K softmax(z)

    Srivastava and Sutton (2017), Autoencoding variational inference for topic models, arXiv 1703.01488, sections 3.2
    and 4. There are K = `latent_size` topics, which `latent.topics` gives by their words. b is what all documents
    have in common, in the place of the paper's batch normalisation; theta sums to K, so that W learns as fast as b.

    >>> prod_lda((8, 8, 1), 4).prior
    Fixed(Normal((4,)), {'loc': 0.0, 'scale': 0.8660254037844386})
    """
    words = {
        "encoder": _encoder(event_shape),
        "prior": _like_a_dirichlet(latent_size, concentration),
        "decoder": _shares(latent_size),
        "likelihood": families.Multinomial(event_shape),
        "preprocessing": data.Counts(),
    }
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL()], **(words | parts))


@recipe
def count_vae(event_shape, latent_size=16, **parts):
    """Count VAE, as scVI: genes with a dispersion each, whose means are proportions of the cell's library size.

    log p(x|z) = sum_i log NB(x_i; mean_i = l softmax(f(z))_i, n_i),  l = sum_i x_i
    loss = -E_q[log p(x|z)] + KL(q(z|x) || p(z))

    Lopez, Regier, Cole, Jordan and Yosef (2018), Deep generative modeling for single-cell transcriptomics, Nature
    Methods 15. The library size is observed and not a latent, which is the default of scvi-tools; for their
    zero-inflated law put `families.ZeroInflated` around the negative binomial.

    >>> count_vae((8, 8, 1), 2).likelihood
    LibrarySized(NegativeBinomial((8, 8, 1), shared_total_count=True))
    """
    genes = {
        "encoder": _encoder(event_shape),
        "likelihood": families.LibrarySized(families.NegativeBinomial(event_shape, shared_total_count=True)),
        "preprocessing": data.Counts(),
    }
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL()], **(genes | parts))
