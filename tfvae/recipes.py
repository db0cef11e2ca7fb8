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
from tfvae.families import flows
from tfvae.vae import VAE

__all__ = [
    "autoencoder",
    "autoregressive_prior_vae",
    "beta_vae",
    "capacity_vae",
    "categorical_vae",
    "ciwae",
    "conditional_vae",
    "continuous_bernoulli_vae",
    "cyclical_vae",
    "denoising_autoencoder",
    "dreg_iwae",
    "factor_analysis",
    "free_bits_vae",
    "gaussian_mixture_prior_vae",
    "iaf_vae",
    "iwae",
    "miwae",
    "piwae",
    "planar_flow_vae",
    "ppca",
    "radial_flow_vae",
    "sigma_vae",
    "sparse_autoencoder",
    "sticking_the_landing_vae",
    "vae",
    "vamp_prior_vae",
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


def _model(event_shape, latent_size, objective, /, **parts):
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


def _plain(event_shape, latent_size):
    """Returns what makes an autoencoder of a VAE."""
    return {
        "posterior": families.Deterministic((latent_size,)),
        # 2 sigma^2 = 1: the log-likelihood is the sum of squared errors and a constant.
        "likelihood": families.Normal(event_shape, scale=0.5**0.5),
        "preprocessing": data.Rescale(),
    }


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
def cyclical_vae(event_shape, latent_size=16, steps=1000, cycles=4, **parts):
    """Cyclical annealing: the KL's weight rises from 0 to 1 again and again, over `steps` train steps in all.

    loss = -E_q[log p(x|z)] + min(2 tau, 1) KL(q(z|x) || p(z)),  tau = the place in its cycle, in [0, 1)

    Fu et al. (2019), Cyclical annealing schedule: A simple approach to mitigating
    KL vanishing, arXiv 1903.10145, equations 6 and 7.

    >>> cyclical_vae((8, 8, 1), 2, steps=500).objective
    [NegativeLogLikelihood(), KL(weight=Cyclical(0.0, 1.0, steps=500))]
    """
    kl = terms.KL(weight=schedules.Cyclical(0.0, 1.0, steps, cycles))
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
    return _model(event_shape, latent_size, sampled, **(mixture | parts))


@_recipe
def vamp_prior_vae(event_shape, latent_size=16, components=500, **parts):
    """VampPrior VAE: the prior is the mean of the encoder's posteriors of learned pseudo-inputs.

    loss = -E_q[log p(x|z) + log 1/K sum_k q(z|u_k) - log q(z|x)]

    Tomczak and Welling (2018), VAE with a VampPrior, arXiv 1705.07120, equation 9.

    >>> vamp_prior_vae((8, 8, 1), 2, components=50).prior
    VampPrior((2,), (8, 8, 1), components=50)
    """
    sampled = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    vamp = {"prior": priors.VampPrior((latent_size,), event_shape, components)}
    return _model(event_shape, latent_size, sampled, **(vamp | parts))


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


def _flow_vae(event_shape, latent_size, chain, **parts):
    posterior = families.Transformed(families.Normal((latent_size,)), chain)
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    return _model(event_shape, latent_size, objective, **({"posterior": posterior} | parts))


@_recipe
def planar_flow_vae(event_shape, latent_size=16, num_flows=8, **parts):
    """Planar flows: a posterior bent along one plane after the other.

    z = f_T(... f_1(z_0)),  f(z) = z + u tanh(w^T z + b),  z_0 ~ N(loc(x), scale(x)^2)
    loss = -E_q[log p(x|z)] + E_q[log q(z_0|x) - sum_t log|1 + u_t^T w_t tanh'| - log p(z)]

    Rezende and Mohamed (2015), Variational inference with normalizing flows,
    arXiv 1505.05770, equations 10 to 13 and 15.

    >>> planar_flow_vae((8, 8, 1), 2, num_flows=1).posterior
    Transformed(Normal((2,)), [Planar((2,))])
    """
    num_flows = arguments.integer("num_flows", num_flows)
    return _flow_vae(event_shape, latent_size, [flows.Planar((latent_size,)) for _ in range(num_flows)], **parts)


@_recipe
def radial_flow_vae(event_shape, latent_size=16, num_flows=8, **parts):
    """Radial flows: a posterior drawn to centres, or pushed away from them.

    z = f_T(... f_1(z_0)),  f(z) = z + beta / (alpha + |z - c|) (z - c),  z_0 ~ N(loc(x), scale(x)^2)
    loss = -E_q[log p(x|z)] + E_q[log q(z|x) - log p(z)]

    Rezende and Mohamed (2015), Variational inference with normalizing flows,
    arXiv 1505.05770, equations 14 and 15.

    >>> radial_flow_vae((8, 8, 1), 2, num_flows=1).posterior
    Transformed(Normal((2,)), [Radial((2,))])
    """
    num_flows = arguments.integer("num_flows", num_flows)
    return _flow_vae(event_shape, latent_size, [flows.Radial((latent_size,)) for _ in range(num_flows)], **parts)


@_recipe
def iaf_vae(event_shape, latent_size=16, num_flows=2, units=(64,), context_size=16, **parts):
    """IAF: a posterior whose latents depend on each other, through autoregressive networks.

    z = f_T(... f_1(z_0)),  f_i(z) = m_i(z_<i, h(x)) + s_i(z_<i, h(x)) z_i,  z_0 ~ N(loc(x), scale(x)^2)
    loss = -E_q[log p(x|z)] + E_q[log q(z_0|x) - sum_t sum_i log s_ti - log p(z)]

    Kingma et al. (2016), Improving variational inference with inverse
    autoregressive flow, arXiv 1606.04934, equations 10 and 11; the order is
    reversed from step to step.

    >>> iaf_vae((8, 8, 1), 2, num_flows=1, units=(32,)).posterior
    Transformed(Normal((2,)), [InverseAutoregressive((2,), units=(32,), context_size=16)])
    """
    num_flows = arguments.integer("num_flows", num_flows)
    chain = [
        flows.InverseAutoregressive((latent_size,), units, context_size, reverse=step % 2 == 1)
        for step in range(num_flows)
    ]
    return _flow_vae(event_shape, latent_size, chain, **parts)


@_recipe
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
    return _model(event_shape, latent_size, objective, **({"prior": prior} | parts))


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
def factor_analysis(event_shape, latent_size=16, **parts):
    """Factor analysis: the linear VAE whose noise has a variance of its own for each dimension.

    x = W z + b + diag(s) eps,  log p(x) = log N(x; b, W W^T + diag(s^2))

    Rubin and Thayer (1982), EM algorithms for ML factor analysis, equation 1; its
    variational form is a linear VAE: Kingma and Welling (2019), arXiv 1906.02691.

    >>> factor_analysis((8, 8, 1), 2).likelihood
    Normal((8, 8, 1), scale='shared_dimension')
    """
    noise = {"likelihood": families.Normal(event_shape, scale="shared_dimension")}
    return ppca(event_shape, latent_size, **(noise | parts))


@_recipe
def autoencoder(event_shape, latent_size=16, **parts):
    """The plain autoencoder: one point for each x, and squared error.

    loss = |x - decode(encode(x))|^2 + constant

    Rumelhart, Hinton and Williams (1986), Learning internal representations by
    error propagation.

    >>> autoencoder((8, 8, 1), 2).posterior
    Deterministic((2,))
    """
    return _model(
        event_shape, latent_size, [terms.NegativeLogLikelihood()], **(_plain(event_shape, latent_size) | parts)
    )


@_recipe
def sparse_autoencoder(event_shape, latent_size=16, activity=0.1, **parts):
    """Sparse autoencoder: a code of which few numbers are far from 0.

    loss = |x - decode(z)|^2 + activity |z|_1 + constant,  z = encode(x)

    Olshausen and Field (1996), Emergence of simple-cell receptive field
    properties by learning a sparse code for natural images, equation 2; as an
    autoencoder: Goodfellow, Bengio and Courville (2016), Deep learning, section 14.2.1.

    >>> sparse_autoencoder((8, 8, 1), 100, activity=0.5).objective
    [NegativeLogLikelihood(), Sparsity(weight=0.5)]
    """
    objective = [terms.NegativeLogLikelihood(), terms.Sparsity(weight=activity)]
    return _model(event_shape, latent_size, objective, **(_plain(event_shape, latent_size) | parts))


@_recipe
def denoising_autoencoder(event_shape, latent_size=16, masking=0.3, **parts):
    """Denoising autoencoder: the encoder sees x with some pixels black, and all are to come back.

    loss = |x - decode(encode(x~))|^2 + constant,  x~_i = 0 with probability masking, else x_i

    Vincent et al. (2010), Stacked denoising autoencoders, Journal of Machine
    Learning Research 11, section 3.3.

    >>> denoising_autoencoder((8, 8, 1), 2, masking=0.5).preprocessing
    Corrupt(preprocessing=Rescale(), masking=0.5)
    """
    noisy = {"preprocessing": data.Corrupt(data.Rescale(), masking=masking)}
    return autoencoder(event_shape, latent_size, **(noisy | parts))


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
