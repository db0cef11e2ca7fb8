"""Several stochastic layers."""

from tfvae import arguments, families, networks, priors, schedules, terms
from tfvae.recipes import by_size, pyramid, sequence
from tfvae.recipes.recipe import model, recipe


def _two_levels(event_shape, latent_size, steps, lower, /, **parts):
    """Returns a model of two layers: a quarter of z on top, and below it the rest, whose posterior `lower` makes."""
    arguments.integer("latent_size", latent_size, "an int >= 2, as it is shared among two layers", minimum=2)
    top = (max(1, latent_size // 4),)
    below = (latent_size - top[0],)
    encoder = by_size.encoder(event_shape)
    blocks = [networks.mlp_decoder(top, (256,)), by_size.decoder((256 + below[0],), event_shape)]
    warm_up = schedules.Linear(0.0, 1.0, steps)
    objective = [terms.NegativeLogLikelihood(), terms.KL(warm_up, level=0), terms.KL(warm_up, level=1)]
    defaults = {
        "encoder": networks.BottomUpEncoder([encoder, networks.mlp_encoder(encoder.output_shape[1:], (256,))]),
        "posterior": families.TopDown([families.Normal(top), lower(families.Normal(below))]),
        "prior": priors.Hierarchical(priors.StandardNormal(top), [families.Normal(below)]),
        "decoder": networks.TopDownDecoder(blocks, [top, below]),
    }
    return model(event_shape, latent_size, objective, **(defaults | parts))


@recipe
def ladder_vae(event_shape, latent_size=16, steps=1000, **parts):
    """Ladder VAE: two stochastic layers, the lower one's posterior its prior, corrected by what the encoder says.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) (KL(q(z_1|x) || p(z_1)) + E_q[KL(q(z_2|z_1, x) || p(z_2|z_1))])
    q(z_2|z_1, x) = N(m(x), s(x)^2) p(z_2|z_1) / const

    A quarter of the latent dimensions are the top layer's. Without the warm-up the lower
    layer is hardly used, as the paper found, too.

    Sonderby et al. (2016), Ladder variational autoencoders, arXiv 1602.02282,
    section 2.

    >>> ladder_vae((8, 8, 1), 8).posterior
    TopDown([Normal((2,)), PrecisionWeighted(Normal((6,)))])
    """
    return _two_levels(event_shape, latent_size, steps, families.PrecisionWeighted, **parts)


@recipe
def top_down_vae(event_shape, latent_size=16, steps=1000, **parts):
    """Top-down VAE: two stochastic layers, the lower one's posterior told what the decoder knows from above.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) (KL(q(z_1|x) || p(z_1)) + E_q[KL(q(z_2|z_1, x) || p(z_2|z_1))])
    z_2 ~ N(loc(f(x), s(z_1)), scale(f(x), s(z_1))^2)

    A quarter of the latent dimensions are the top layer's.

    Kingma et al. (2016), Improving variational inference with inverse autoregressive
    flow, arXiv 1606.04934, appendix C; Child (2021), Very deep VAEs, arXiv 2011.10650,
    section 2.2.

    >>> top_down_vae((8, 8, 1), 8).posterior
    TopDown([Normal((2,)), Normal((6,))])
    """
    return _two_levels(event_shape, latent_size, steps, lambda family: family, **parts)


@recipe
def sequential_vae(event_shape, latent_size=16, length=3, steps=1000, **parts):
    """Sequential VAE: a picture in several steps, each with a z of its own that sees what the last one left.

    x^(1) = f_1(z_1),  x^(t) = x^(t-1) + f_t(x^(t-1), z_t),  x ~ p(x|x^(T))
    loss = -E_q[log p(x|x^(T))] + min(t / steps, 1) sum_t E_q[KL(q(z_t|x, x^(t-1)) || p(z_t|x^(t-1)))]

    The latent dimensions are shared among the `length` steps. It is a chain of stochastic
    layers whose states are pictures; the paper also compares each x^(t) with x.

    Zhao, Song and Ermon (2017), Towards deeper understanding of variational autoencoding
    models, arXiv 1702.08658.

    >>> sequential_vae((8, 8, 1), 9).posterior
    TopDown([Normal((3,)), Normal((3,)), Normal((3,))])
    """
    length = arguments.integer("length", length, "an int >= 2: a chain of one step is a VAE", minimum=2)
    expected = f"an int >= {length}, as it is shared among the steps"
    arguments.integer("latent_size", latent_size, expected, minimum=length)
    sizes = [latent_size // length + (step < latent_size % length) for step in range(length)]
    warm_up = schedules.Linear(0.0, 1.0, steps)
    objective = [terms.NegativeLogLikelihood(), *(terms.KL(warm_up, level=level) for level in range(length))]
    return model(event_shape, latent_size, objective, **(sequence.parts(event_shape, sizes) | parts))


@recipe
def very_deep_vae(event_shape, latent_size=4, depth=1, filters=32, free_bits=None, steps=1000, **parts):
    """Very deep VAE (VDVAE): maps of latents at rising resolutions, several at each, and residual blocks between.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) sum_l sum_i max(free_bits, E_q[KL(q(z_li|z_<l, x) || p(z_li|z_<l))])
    s_l = block(s_l-1 + W z_l),  z_l ~ N(loc(f_l(x), s_l-1), scale(f_l(x), s_l-1)^2)

    Of pictures with even sides. `latent_size` are the channels of z at each level, `depth` the levels at each
    resolution, which are up to four. A training of many levels now and then has a step whose gradient is far too
    long, which the paper skips: compile(skip_above=200.0), by what gradients usually are.

    Child (2021), Very deep VAEs generalize autoregressive models and can outperform them
    on images, arXiv 2011.10650.

    >>> very_deep_vae((8, 8, 1), 2).posterior
    TopDown([Normal((1, 1, 2)), Normal((2, 2, 2)), Normal((4, 4, 2))])
    """
    depth = arguments.integer("depth", depth)
    layers = pyramid.parts(event_shape, latent_size, filters, depth, lambda family: family)
    levels = range(len(layers["posterior"].latent_shapes))
    warm_up = schedules.Linear(0.0, 1.0, steps)
    kls = [terms.KL(warm_up, free_bits=free_bits, level=level) for level in levels]
    objective = [terms.NegativeLogLikelihood(), *kls]
    return model(event_shape, latent_size, objective, **(layers | parts))


@recipe
def nvae(event_shape, latent_size=4, depth=1, filters=32, steps=1000, **parts):
    """NVAE: a deep hierarchy whose posterior says at each level how it differs from the prior.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) sum_l E_q[KL(q(z_l|z_<l, x) || p(z_l|z_<l))]
    q(z_l|z_<l, x) = N(m_p + m, (s_p s)^2),  p(z_l|z_<l) = N(m_p, s_p^2)

    Of pictures with even sides; the levels are those of `very_deep_vae`, with plain residual blocks in place of the
    paper's cells. Of its spectral regularisation `networks.SpectrallyNormalized` is the strict form, for a block.

    Vahdat and Kautz (2020), NVAE: A deep hierarchical variational autoencoder,
    arXiv 2007.03898, section 3.2.

    >>> nvae((8, 8, 1), 2).posterior
    TopDown([Normal((1, 1, 2)), ResidualNormal(Normal((2, 2, 2))), ResidualNormal(Normal((4, 4, 2)))])
    """
    depth = arguments.integer("depth", depth)
    layers = pyramid.parts(event_shape, latent_size, filters, depth, families.ResidualNormal)
    levels = range(len(layers["posterior"].latent_shapes))
    warm_up = schedules.Linear(0.0, 1.0, steps)
    objective = [terms.NegativeLogLikelihood(), *(terms.KL(warm_up, level=level) for level in levels)]
    return model(event_shape, latent_size, objective, **(layers | parts))
