"""Linear-Gaussian models, whose every number is known in closed form.

p(z) = N(0, I) and p(x|z) = N(W z + b, sigma^2 I) give

p(x) = N(b, W W^T + sigma^2 I),
p(z|x) = N(Lambda^-1 W^T (x - b) / sigma^2, Lambda^-1),  Lambda = I + W^T W / sigma^2.

Where W has orthogonal columns Lambda is diagonal, and a mean-field posterior can be exact.
"""

import dataclasses

import numpy as np

from tfvae import VAE, families, networks, priors


def gaussian_log_density(x, loc, covariance):
    """Returns log N(x; loc, covariance) for x [B, D], [B]."""
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), (x - loc).T)
    log_det = np.linalg.slogdet(covariance)[1]
    return -0.5 * (np.sum(whitened**2, axis=0) + log_det + len(covariance) * np.log(2 * np.pi))


def set_normal_head(family, kernel, bias, scale=None):
    """Makes the head of a `families.Normal` give loc = features @ kernel + bias, and a constant scale."""
    if scale is not None:
        raw = np.broadcast_to(family.raw_from_scale(np.asarray(scale, "float64")), (family.head.units - len(bias),))
        kernel = np.concatenate([kernel, np.zeros((len(kernel), len(raw)))], axis=1)
        bias = np.concatenate([bias, raw])
    family.head.kernel.assign(kernel)
    family.head.bias.assign(bias)


@dataclasses.dataclass(frozen=True)
class LinearGaussian:
    """One such model: `weight` is W [D, d], `bias` is b [D], `sigma` the scale of p(x|z)."""

    weight: np.ndarray
    bias: np.ndarray
    sigma: float

    @classmethod
    def random(cls, size=5, latents=3, sigma=0.7, orthogonal=True, seed=0):
        """Returns a model with a random W, whose columns are orthogonal where asked for."""
        rng = np.random.default_rng(seed)
        weight = rng.normal(size=(size, latents))
        if orthogonal:
            weight = np.linalg.qr(weight)[0] * rng.uniform(0.6, 1.6, size=latents)
        return cls(weight, rng.normal(size=size), sigma)

    @property
    def latents(self):
        return self.weight.shape[1]

    @property
    def precision(self):
        """Lambda, [d, d]."""
        return np.eye(self.latents) + self.weight.T @ self.weight / self.sigma**2

    @property
    def covariance(self):
        """That of x, [D, D]."""
        return self.weight @ self.weight.T + self.sigma**2 * np.eye(len(self.bias))

    @property
    def mean_field_scale(self):
        """Scale of the best factorised posterior, Lambda_ii^-1/2, [d]; the exact one's where Lambda is diagonal."""
        return np.diag(self.precision) ** -0.5

    def log_marginal(self, x):
        """Returns log p(x), [B]."""
        return gaussian_log_density(x, self.bias, self.covariance)

    def sample(self, count, seed=1):
        """Draws x from p(x), [count, D]."""
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(count, self.latents))
        return z @ self.weight.T + self.bias + self.sigma * rng.normal(size=(count, len(self.bias)))

    def vae(self, objective, widen=1.0, shift=0.0, scale=None, **kwargs):
        """Returns the model as a VAE with float parts of the current dtype policy.

        Args:
            objective: Terms.
            widen: The posterior's variances are this multiple of the best factorised ones.
            shift: Is added to the posterior's mean, in units of its best scale.
            scale: The likelihood's `scale` argument; by default the fixed number sigma.
            **kwargs: Of `VAE`. A `posterior` that is given stays as it is made.
        """
        size = len(self.bias)
        parts = {
            "encoder": networks.linear((size,)),
            "posterior": families.Normal((self.latents,)),
            "prior": priors.StandardNormal((self.latents,)),
            "decoder": networks.linear((self.latents,)),
            "likelihood": families.Normal((size,), scale=self.sigma if scale is None else scale),
            "seed": 0,
        }
        vae = VAE(objective=objective, **(parts | kwargs))
        kernel = np.linalg.solve(self.precision, self.weight.T / self.sigma**2).T
        bias = shift * self.mean_field_scale - self.bias @ kernel
        if "posterior" not in kwargs:
            set_normal_head(vae.posterior, kernel, bias, np.sqrt(widen) * self.mean_field_scale)
        in_head = scale in ("dimension", "example")
        set_normal_head(vae.likelihood, self.weight.T, self.bias, self.sigma if in_head else None)
        if getattr(vae.likelihood, "raw_scale", None) is not None:
            vae.likelihood.raw_scale.assign(
                np.broadcast_to(vae.likelihood.raw_from_scale(self.sigma), vae.likelihood.raw_scale.shape)
            )
        return vae


def importance_moments(widen, latents, order):
    """Returns E_q[(p(z|x) / q(z|x))^n] for n = 0..order, q as `LinearGaussian.vae(widen=...)` makes it.

    For one dimension, c = widen: c^(n/2) / sqrt(n c - n + 1). All moments are finite where c > 1.
    """
    n = np.arange(order + 1)
    return (widen ** (n / 2) / np.sqrt(n * widen - n + 1)) ** latents
