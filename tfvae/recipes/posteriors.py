"""Posteriors other than a diagonal Gaussian."""

from tfvae import arguments, families, priors, terms
from tfvae.families import flows
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe
from tfvae.recipes.weights import vae


def _flow_vae(event_shape, latent_size, chain, **parts):
    posterior = families.Transformed(families.Normal((latent_size,)), chain)
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    return model(event_shape, latent_size, objective, **({"posterior": posterior} | parts))


@recipe
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


@recipe
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


@recipe
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


@recipe
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
        "decoder": by_size.decoder((latent_size, num_classes), event_shape),
    }
    return vae(event_shape, latent_size, **(discrete | parts))


@recipe
def mixture_posterior_vae(event_shape, latent_size=16, components=5, **parts):
    """A posterior with several modes: a mixture of Gaussians for each x.

    log q(z|x) = log sum_k w_k(x) N(z; m_k(x), diag(s_k(x)^2))
    loss = -E_q[log p(x|z)] + E_q[log q(z|x) - log p(z)]

    Graves (2016), Stochastic backpropagation through mixture density distributions,
    arXiv 1607.05690; the gradient: Figurnov, Mohamed and Mnih (2018), Implicit
    reparameterization gradients, arXiv 1805.08498.

    >>> mixture_posterior_vae((8, 8, 1), 2, components=3).posterior
    Mixture(Normal((2,)), components=3)
    """
    posterior = families.Mixture(families.Normal((latent_size,)), components)
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    return model(event_shape, latent_size, objective, **({"posterior": posterior} | parts))


@recipe
def semi_implicit_vae(event_shape, latent_size=16, num_mixing=50, **parts):
    """Semi-implicit VAE: a Gaussian whose mean and scale a network draws, so that q has any shape.

    log q_K(z|x) = log 1/(K+1) sum_{k=0..K} N(z; m(x, e_k), diag(s(x, e_k)^2)),  e_k ~ N(0, I),  z of e_0's
    loss = -E[log p(x|z)] + E[log q_K(z|x) - log p(z)],  K = num_mixing

    Yin and Zhou (2018), Semi-implicit variational inference, arXiv 1805.11183.

    >>> semi_implicit_vae((8, 8, 1), 2, num_mixing=10).posterior
    SemiImplicit(Normal((2,)), num_mixing=10)
    """
    posterior = families.SemiImplicit(families.Normal((latent_size,)), num_mixing)
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    return model(event_shape, latent_size, objective, **({"posterior": posterior} | parts))
