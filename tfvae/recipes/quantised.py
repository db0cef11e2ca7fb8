"""Latents that are codes: of a book, of several, or of a grid that needs none."""

from tfvae import data, families, priors, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe

# Codes for what is no picture that can be halved; a picture of 8x8 has as many.
_CODES = 16


def _positions(event_shape):
    """Returns the axes of the map of codes of pictures with even sides, else those of a list of codes."""
    if len(event_shape) == 3 and not event_shape[0] % 2 and not event_shape[1] % 2:
        return by_size.map_shape(event_shape, 1)[:2]
    return (_CODES,)


def _quantised(posterior, event_shape, objective, parts):
    """Returns the VAE of a quantised posterior, with a calibrated Gaussian as likelihood."""
    shape = posterior.event_shape
    if len(shape) == 3:
        pair = by_size.map_networks(shape, event_shape)
    else:
        pair = by_size.encoder(event_shape), by_size.decoder(shape, event_shape)
    defaults = dict(zip(("encoder", "decoder"), pair, strict=True))
    defaults |= {"posterior": posterior, "prior": priors.StandardNormal(shape), "preprocessing": data.Rescale()}
    defaults |= {"likelihood": families.Normal(event_shape, scale="optimal")}
    return model(event_shape, shape[-1], [terms.NegativeLogLikelihood(), *objective], **(defaults | parts))


@recipe
def vq_vae(event_shape, latent_size=16, num_codes=512, beta=1.0, **parts):
    """VQ-VAE: z is a map of codes, each the nearest in a book that follows the encoder.

    loss = -log p(x|z) + beta |e - z|^2,  z_i = argmin_c |e_i - c|,  e = encode(x)

    Of pictures z is a map [h, w, latent_size], of anything else a list of 16 codes. p(x|z) is a Gaussian whose variance
    is the mean squared error. Draws of p(z) decode to no pictures: which codes go together is for a prior that is
    fitted afterwards (`latent.fit_prior`), or for a model of the numbers of the codes, `vae.encode(x).indices`.

    prior = priors.Autoregressive(vae.posterior.event_shape, vae.posterior.book_sizes)
    fitted = latent.fit_prior(vae, images, prior, epochs=50)

    `fitted` then samples, saves and exports like any model; from the command line `tfvae fit-prior RUN` does both.

    van den Oord, Vinyals and Kavukcuoglu (2017), Neural discrete representation learning,
    arXiv 1711.00937.

    >>> vq_vae((28, 28, 1), num_codes=64).posterior
    VectorQuantized((7, 7, 16), 64)
    """
    posterior = families.VectorQuantized((*_positions(event_shape), latent_size), num_codes)
    return _quantised(posterior, event_shape, [terms.Commitment(beta)], parts)


@recipe
def rq_vae(event_shape, latent_size=16, num_codes=128, depth=4, beta=1.0, **parts):
    """RQ-VAE: each vector of z is a sum of codes, each the nearest to what the earlier ones leave.

    loss = -log p(x|z) + beta sum_d |e - z^(d)|^2,  z^(d) = c_1 + ... + c_d,  z = z^(depth)

    `depth` books of `num_codes` each. The rest is as in `vq_vae`.

    Lee, Kim, Kim, Cho and Han (2022), Autoregressive image generation using residual
    quantization, arXiv 2203.01941.

    >>> rq_vae((28, 28, 1), depth=2).posterior
    ResidualQuantized((7, 7, 16), 128, 2)
    """
    posterior = families.ResidualQuantized((*_positions(event_shape), latent_size), num_codes, depth)
    return _quantised(posterior, event_shape, [terms.Commitment(beta)], parts)


@recipe
def fsq_vae(event_shape, latent_size=4, levels=None, **parts):
    """FSQ-VAE: z is rounded to a few levels, and no book is learned.

    loss = -log p(x|z),  z_d = round(h_d tanh(e_d)) / h_d,  e = encode(x)

    The levels are (8, 5, ..., 5), `latent_size` numbers, unless given, as many. Positions, likelihood and prior are as
    in `vq_vae`.

    Mentzer, Minnen, Agustsson and Tschannen (2023), Finite scalar quantization: VQ-VAE made
    simple, arXiv 2309.15505.

    >>> fsq_vae((28, 28, 1)).posterior, fsq_vae((28, 28, 1), 3, levels=(8, 6, 5)).posterior.levels
    (FiniteScalarQuantized((7, 7, 4)), (8, 6, 5))
    """
    levels = (8, *[5] * (latent_size - 1)) if levels is None else levels
    posterior = families.FiniteScalarQuantized((*_positions(event_shape), latent_size), levels)
    return _quantised(posterior, event_shape, [], parts)


@recipe
def lfq_vae(event_shape, latent_size=10, entropy=0.1, beta=0.25, **parts):
    """LFQ-VAE: z are the signs of the encoder's numbers, whose codes no book has to hold.

    loss = -log p(x|z) + entropy (E H(q) - H(E q)) + beta |e - z|^2,  z = sign(e),  e = encode(x)

    q is how near e is to each of the 2^latent_size codes; see `terms.CodeEntropy`. Positions, likelihood and prior are
    as in `vq_vae`.

    Yu et al. (2023), Language model beats diffusion: tokenizer is key to visual generation,
    arXiv 2310.05737.

    >>> lfq_vae((28, 28, 1)).posterior
    LookupFreeQuantized((7, 7, 10))
    """
    posterior = families.LookupFreeQuantized((*_positions(event_shape), latent_size))
    return _quantised(posterior, event_shape, [terms.CodeEntropy(entropy), terms.Commitment(beta)], parts)
