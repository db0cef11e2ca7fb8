"""The papers, by name: each a few parts, and no class of its own.

Every recipe takes the shape of x and the number of latent dimensions, what the
paper adds, and as keyword arguments any part of `VAE` to put in a default's
place:

    recipes.beta_vae((28, 28, 1), 16, beta=4.0, encoder=networks.conv_encoder((28, 28, 1)))

The defaults are one hidden layer of 512 units on either side, a Gaussian
posterior and prior, and a Bernoulli likelihood of pixels that are binarised
afresh for each batch.
"""

import functools
import inspect

from tfvae import arguments, data, families, networks, priors, schedules, terms
from tfvae.component import shape_tuple
from tfvae.vae import VAE

__all__ = [
    "autoencoder",
    "beta_vae",
    "capacity_vae",
    "categorical_vae",
    "ciwae",
    "conditional_vae",
    "continuous_bernoulli_vae",
    "dreg_iwae",
    "free_bits_vae",
    "iwae",
    "miwae",
    "piwae",
    "ppca",
    "sigma_vae",
    "sticking_the_landing_vae",
    "vae",
    "warm_up_vae",
]


_PARTS = [name for name in inspect.signature(VAE.__init__).parameters if name not in ("self", "kwargs")]


def _recipe(function):
    """Gives a recipe the checks of the arguments that all have."""
    own = [name for name in inspect.signature(function).parameters if name != "parts"]

    @functools.wraps(function)
    def checked(event_shape, latent_size=16, *others, **parts):
        arguments.keywords(f"recipes.{function.__name__}", parts, [*own, *_PARTS, "name", "dtype"])
        event_shape = shape_tuple("event_shape", event_shape)
        return function(event_shape, arguments.integer("latent_size", latent_size), *others, **parts)

    return checked


def _model(event_shape, latent_size, objective, **parts):
    latent = (latent_size,)
    defaults = {
        "encoder": networks.mlp_encoder(event_shape),
        "posterior": families.Normal(latent),
        "prior": priors.StandardNormal(latent),
        "decoder": networks.mlp_decoder(latent),
        "likelihood": families.Bernoulli(event_shape),
        "objective": objective,
        "preprocessing": data.DynamicBinarize(),
    }
    return VAE(**(defaults | parts))


@_recipe
def vae(event_shape, latent_size=16, **parts):
    """The variational autoencoder.

    loss = -E_q[log p(x|z)] + KL(q(z|x) || p(z))

    Kingma and Welling (2014), Auto-encoding variational Bayes, arXiv 1312.6114,
    equation 3; Rezende, Mohamed and Wierstra (2014), arXiv 1401.4082.

    Args:
        event_shape: Shape of x, such as (28, 28, 1).
        latent_size: Number of latent dimensions.
        **parts: Arguments of `VAE` in place of defaults.

    >>> vae((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), KL()]
    """
    return _model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL()], **parts)


@_recipe
def beta_vae(event_shape, latent_size=16, beta=4.0, **parts):
    """beta-VAE: the KL weighs more, and latents are pressed to be independent.

    loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z))

    Higgins et al. (2017), beta-VAE: Learning basic visual concepts with a
    constrained variational framework, equation 4.

    >>> beta_vae((8, 8, 1), 2, beta=8.0).objective
    [NegativeLogLikelihood(), KL(weight=8.0)]
    """
    return _model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(weight=beta)], **parts)


@_recipe
def warm_up_vae(event_shape, latent_size=16, steps=1000, **parts):
    """KL warm-up: the KL's weight rises from 0 to 1 over the first `steps` train steps.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) KL(q(z|x) || p(z))

    Bowman et al. (2016), arXiv 1511.06349, section 3.1; Sonderby et al. (2016),
    arXiv 1602.02282, section 2.3.

    >>> warm_up_vae((8, 8, 1), 2, steps=500).objective
    [NegativeLogLikelihood(), KL(weight=Linear(0.0, 1.0, steps=500))]
    """
    kl = terms.KL(weight=schedules.Linear(0.0, 1.0, steps))
    return _model(event_shape, latent_size, [terms.NegativeLogLikelihood(), kl], **parts)


@_recipe
def free_bits_vae(event_shape, latent_size=16, free_bits=0.25, **parts):
    """Free bits: the first nats of every latent dimension cost nothing.

    loss = -E_q[log p(x|z)] + sum_i max(free_bits, mean over the batch of KL_i)

    Kingma et al. (2016), Improving variational inference with inverse
    autoregressive flow, arXiv 1606.04934, equation 15.

    >>> free_bits_vae((8, 8, 1), 2).objective
    [NegativeLogLikelihood(), KL(free_bits=0.25)]
    """
    return _model(event_shape, latent_size, [terms.NegativeLogLikelihood(), terms.KL(free_bits=free_bits)], **parts)


@_recipe
def capacity_vae(event_shape, latent_size=16, capacity=25.0, gamma=100.0, **parts):
    """Capacity: the KL is held at so many nats.

    loss = -E_q[log p(x|z)] + gamma |KL(q(z|x) || p(z)) - capacity|

    Burgess et al. (2018), Understanding disentangling in beta-VAE, arXiv
    1804.03599, equation 8.

    >>> capacity_vae((8, 8, 1), 2, capacity=3.0).objective
    [NegativeLogLikelihood(), KL(weight=100.0, capacity=3.0)]
    """
    kl = terms.KL(weight=gamma, capacity=capacity)
    return _model(event_shape, latent_size, [terms.NegativeLogLikelihood(), kl], **parts)


@_recipe
def iwae(event_shape, latent_size=16, num_samples=50, **parts):
    """IWAE: a bound that tightens with the draws of z.

    loss = -E[log 1/K sum_k p(x, z_k) / q(z_k|x)],  z_k ~ q(z|x)

    Burda, Grosse and Salakhutdinov (2016), Importance weighted autoencoders,
    arXiv 1509.00519, equation 8.

    >>> iwae((8, 8, 1), 2, num_samples=5).objective
    [ImportanceWeighted(5)]
    """
    return _model(event_shape, latent_size, [terms.ImportanceWeighted(num_samples)], **parts)


@_recipe
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
    return _model(event_shape, latent_size, [elbo, bound], **parts)


@_recipe
def miwae(event_shape, latent_size=16, bounds=8, draws=8, **parts):
    """MIWAE: the mean of several importance-weighted bounds, for a gradient with less noise.

    loss = -E[1/M sum_m log 1/k sum_j w_mj],  w_mj = p(x, z_mj) / q(z_mj|x)

    Rainforth et al. (2018), Tighter variational bounds are not necessarily
    better, arXiv 1802.04537, equation 9.

    >>> miwae((8, 8, 1), 2, bounds=4, draws=5).objective
    [MultiplyImportanceWeighted(4, 5)]
    """
    return _model(event_shape, latent_size, [terms.MultiplyImportanceWeighted(bounds, draws)], **parts)


@_recipe
def piwae(event_shape, latent_size=16, bounds=8, draws=8, **parts):
    """PIWAE: the encoder follows MIWAE, the decoder IWAE, on the same draws.

    loss = -E[1/M sum_m log 1/k sum_j w_mj] for the encoder, -E[log 1/(M k) sum_mj w_mj] for the decoder

    Rainforth et al. (2018), Tighter variational bounds are not necessarily
    better, arXiv 1802.04537, section 5.

    >>> piwae((8, 8, 1), 2, bounds=4, draws=5).objective
    [PerNetwork(MultiplyImportanceWeighted(4, 5), ImportanceWeighted(20))]
    """
    encoders = terms.MultiplyImportanceWeighted(bounds, draws)
    both = terms.PerNetwork(encoders, terms.ImportanceWeighted(encoders.num_samples))
    return _model(event_shape, latent_size, [both], **parts)


@_recipe
def sticking_the_landing_vae(event_shape, latent_size=16, num_samples=1, **parts):
    """Sticking the landing (STL): the ELBO, its encoder's gradient free of noise where q(z|x) = p(z|x).

    loss = -1/K sum_k log w_k,  d loss / d phi := -1/K sum_k d log w_k / dz_k  dz_k / d phi,  w_k = p(x, z_k) / q(z_k|x)

    Roeder, Wu and Duvenaud (2017), Sticking the landing, arXiv 1703.09194,
    equation 7.

    >>> sticking_the_landing_vae((8, 8, 1), 2).objective
    [PathGradient(MultiplyImportanceWeighted(1, 1))]
    """
    elbo = terms.MultiplyImportanceWeighted(num_samples, 1)
    return _model(event_shape, latent_size, [terms.PathGradient(elbo)], **parts)


@_recipe
def dreg_iwae(event_shape, latent_size=16, num_samples=50, **parts):
    """DReG: IWAE, its encoder's gradient doubly reparameterised, so that more draws help the encoder, too.

    loss = -log 1/K sum_k w_k,  d loss / d phi := -sum_k (w_k / sum_j w_j)^2 d log w_k / dz_k  dz_k / d phi

    Tucker, Lawson, Gu and Maddison (2019), Doubly reparameterized gradient
    estimators for Monte Carlo objectives, arXiv 1810.04152, equation 8.

    >>> dreg_iwae((8, 8, 1), 2, num_samples=5).objective
    [PathGradient(ImportanceWeighted(5))]
    """
    return _model(event_shape, latent_size, [terms.PathGradient(terms.ImportanceWeighted(num_samples))], **parts)


@_recipe
def categorical_vae(event_shape, latent_size=20, num_classes=10, temperature=0.5, **parts):
    """Categorical VAE: latents that choose among classes, trained by straight-through Gumbel-softmax.

    z = one_hot(argmax_k(l_k + g_k)),  dz := d softmax((l + g) / T),  g_k = -log(-log u_k)
    loss = -E_q[log p(x|z)] + sum_i KL(softmax(l_i) || 1 / num_classes)

    Jang, Gu and Poole (2017), Categorical reparameterization with
    Gumbel-softmax, arXiv 1611.01144, equations 1 and 2 and section 2.2.

    >>> categorical_vae((8, 8, 1), 3, num_classes=5).sample(2, seed=0).shape
    TensorShape([2, 8, 8, 1])
    """
    latent = families.RelaxedCategorical((latent_size, num_classes), temperature, straight_through=True)
    law = families.RelaxedCategorical((latent_size, num_classes), temperature, straight_through=True)
    discrete = {
        "posterior": latent,
        "prior": priors.Fixed(law, {"logits": 0.0}),
        "decoder": networks.mlp_decoder((latent_size, num_classes)),
    }
    return vae(event_shape, latent_size, **(discrete | parts))


@_recipe
def sigma_vae(event_shape, latent_size=16, **parts):
    """sigma-VAE: Gaussian pixels whose one variance is learned, so that nothing is left to tune.

    log p(x|z) = log N(x; loc(z), sigma^2 I),  sigma^2 -> mean squared error

    Rybkin, Daniilidis and Levine (2020), Simple and effective VAE training with
    calibrated decoders, arXiv 2006.13202, section 3.

    >>> sigma_vae((8, 8, 1), 2).likelihood
    Normal((8, 8, 1), scale='shared')
    """
    gaussian = {"likelihood": families.Normal(event_shape, scale="shared"), "preprocessing": data.Rescale()}
    objective = [terms.NegativeLogLikelihood(), terms.KL()]
    return _model(event_shape, latent_size, objective, **(gaussian | parts))


@_recipe
def continuous_bernoulli_vae(event_shape, latent_size=16, **parts):
    """Continuous Bernoulli VAE: grey pixels, and the normaliser that their cross-entropy lacks.

    log p(x|z) = sum_i x_i log p_i + (1 - x_i) log(1 - p_i) + log C(p_i)

    Loaiza-Ganem and Cunningham (2019), The continuous Bernoulli: fixing a
    pervasive error in variational autoencoders, arXiv 1907.06845, equation 6.

    >>> continuous_bernoulli_vae((8, 8, 1), 2).likelihood
    ContinuousBernoulli((8, 8, 1))
    """
    grey = {"likelihood": families.ContinuousBernoulli(event_shape), "preprocessing": data.Rescale()}
    return vae(event_shape, latent_size, **(grey | parts))


@_recipe
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


@_recipe
def autoencoder(event_shape, latent_size=16, **parts):
    """The plain autoencoder: one point for each x, and squared error.

    loss = |x - decode(encode(x))|^2 + constant

    Rumelhart, Hinton and Williams (1986), Learning internal representations by
    error propagation.

    >>> autoencoder((8, 8, 1), 2).posterior
    Deterministic((2,))
    """
    plain = {
        "posterior": families.Deterministic((latent_size,)),
        # 2 sigma^2 = 1: the log-likelihood is the sum of squared errors and a constant.
        "likelihood": families.Normal(event_shape, scale=0.5**0.5),
        "preprocessing": data.Rescale(),
    }
    return _model(event_shape, latent_size, [terms.NegativeLogLikelihood()], **(plain | parts))


@_recipe
def conditional_vae(event_shape, latent_size=16, num_classes=10, **parts):
    """Conditional VAE: encoder and decoder are told the label, so one can ask for it.

    loss = -E_q[log p(x|z, c)] + KL(q(z|x, c) || p(z))

    Sohn, Lee and Yan (2015), Learning structured output representation using
    deep conditional generative models, equation 4; Kingma et al. (2014), arXiv
    1406.5298.

    >>> conditional_vae((8, 8, 1), 2).sample(1, condition=[7]).shape
    TensorShape([1, 8, 8, 1])
    """
    num_classes = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
    *space, channels = event_shape
    told = {
        "encoder": networks.Conditional(
            networks.mlp_encoder((*space, channels + num_classes)), num_classes=num_classes
        ),
        "decoder": networks.Conditional(networks.mlp_decoder((latent_size + num_classes,)), num_classes=num_classes),
    }
    return vae(event_shape, latent_size, **(told | parts))
