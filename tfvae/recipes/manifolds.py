"""Latents on manifolds: spheres, tori, hyperbolic space, and products of them."""

from tfvae import families, priors, schedules, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model, recipe


@recipe
def hyperspherical_vae(event_shape, latent_size=16, steps=500, **parts):
    """Hyperspherical VAE: z is a unit vector, of a prior that prefers no direction.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) (log area - H(q)),  q(z|x) = (1 + <m, z>)^k / C(k),  |z| = |m| = 1

    A vector that is told apart from others is far from uniform in all of its dimensions, and
    costs nats before the decoder can use it: without the warm-up q becomes the prior.

    Davidson, Falorsi, De Cao, Kipf and Tomczak (2018), Hyperspherical variational
    auto-encoders, arXiv 1804.00891, with the posterior of De Cao and Aziz (2020), The
    power spherical distribution, arXiv 2006.04437. Davidson et al.'s own is
    `posterior=families.VonMisesFisher((latent_size,))`.

    >>> hyperspherical_vae((8, 8, 1), 3).posterior
    PowerSpherical((3,))
    """
    sphere = (latent_size,)
    parts = {"posterior": families.PowerSpherical(sphere), "prior": priors.HypersphericalUniform(sphere)} | parts
    warm_up = terms.KL(schedules.Linear(0.0, 1.0, steps))
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), warm_up], **parts)


@recipe
def toroidal_vae(event_shape, latent_size=16, steps=500, **parts):
    """Toroidal VAE: each latent is a point on a circle, with a von Mises law of its angle.

    loss = -E_q[log p(x|z)] + min(t / steps, 1) sum_i KL(vonMises(angle_i; m_i, k_i) || uniform)
    z_i = (cos angle_i, sin angle_i)

    Without the warm-up q becomes the prior.

    Davidson, Tomczak and Gavves (2019), Increasing expressivity of a hyperspherical VAE,
    arXiv 1910.02912, whose product of spheres is of circles here.

    >>> toroidal_vae((8, 8, 1), 3).posterior
    VonMisesFisher((3, 2))
    """
    torus = (latent_size, 2)
    circles = {
        "posterior": families.VonMisesFisher(torus),
        "prior": priors.HypersphericalUniform(torus),
        "decoder": by_size.decoder(torus, event_shape),
    }
    warm_up = terms.KL(schedules.Linear(0.0, 1.0, steps))
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), warm_up], **(circles | parts))


@recipe
def poincare_vae(event_shape, latent_size=16, curvature=-1.0, **parts):
    """Poincare VAE: z is a point of hyperbolic space, in which there is room for trees.

    loss = -E_q[log p(x|z)] + E_q[log q(z|x) - log p(z)],  z = exp_m(v),  v ~ N(0, diag(s^2))
    log q(z|x) = log N(v; 0, diag(s^2)) - (D - 1) log(sinh r / r),  r = sqrt(-curvature) |v|

    Mathieu, Le Lan, Maddison, Tomioka and Teh (2019), Continuous hierarchical
    representations with Poincare variational auto-encoders, arXiv 1901.06033, with
    their wrapped normal and without their gyroplane decoder.

    >>> poincare_vae((8, 8, 1), 2, curvature=-0.5).posterior
    WrappedNormal((2,), curvature=-0.5)
    """
    ball = families.WrappedNormal((latent_size,), curvature)
    at_origin = priors.Fixed(families.WrappedNormal((latent_size,), curvature), {"loc": 0.0, "scale": 1.0})
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    return model(event_shape, latent_size, objective, **({"posterior": ball, "prior": at_origin} | parts))


@recipe
def mixed_curvature_vae(event_shape, latent_size=5, curvature=-1.0, **parts):
    """Mixed-curvature VAE: z has a hyperbolic, a spherical and a flat part.

    z = (z_h, z_s, z_e) in H^n x S^n x R^n,  q(z|x) = q(z_h|x) q(z_s|x) q(z_e|x),  p(z) likewise
    loss = -E_q[log p(x|z)] + E_q[log q(z|x) - log p(z)],  n = latent_size

    Skopek, Ganea and Becigneul (2020), Mixed-curvature variational autoencoders, arXiv
    1911.08411, with a power spherical posterior on the sphere, and curvatures that are
    fixed.

    >>> mixed_curvature_vae((8, 8, 1), 2).posterior
    Joint([WrappedNormal((2,)), PowerSpherical((3,)), Normal((2,))])
    """
    flat, sphere = (latent_size,), (latent_size + 1,)
    pieces = [families.WrappedNormal(flat, curvature), families.PowerSpherical(sphere), families.Normal(flat)]
    at_origin = priors.Fixed(families.WrappedNormal(flat, curvature), {"loc": 0.0, "scale": 1.0})
    product = {
        "posterior": families.Joint(pieces),
        "prior": priors.Product([at_origin, priors.HypersphericalUniform(sphere), priors.StandardNormal(flat)]),
        "decoder": by_size.decoder((3 * latent_size + 1,), event_shape),
    }
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    return model(event_shape, latent_size, objective, **(product | parts))
