"""Data on a sphere that a linear map takes to x, whose every number is known in closed form.

p(z) uniform on S^(D-1), p(x|z) = N(r Q z, sigma^2 I) with orthonormal columns Q give

p(z|x) = vMF(z; Q^T x / |Q^T x|, k),  k = r |Q^T x| / sigma^2,
log p(x) = log N(x; 0, sigma^2 I) - r^2 / (2 sigma^2) + log Gamma(D/2) - (D/2 - 1) log(k/2) + log I_(D/2-1)(k).
"""

import dataclasses

import numpy as np
from scipy import special

from tfvae import VAE, families, networks, priors


@dataclasses.dataclass(frozen=True)
class OnSphere:
    """One such model: `columns` is Q [N, D]."""

    columns: np.ndarray
    radius: float = 2.0
    sigma: float = 0.5

    @classmethod
    def random(cls, size=6, latents=2, seed=0):
        """Returns a model with random columns."""
        return cls(np.linalg.qr(np.random.default_rng(seed).normal(size=(size, latents)))[0])

    def sample(self, count, seed=1):
        """Draws x from p(x), [count, N]."""
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(count, self.columns.shape[1]))
        z /= np.linalg.norm(z, axis=-1, keepdims=True)
        return self.radius * z @ self.columns.T + self.sigma * rng.normal(size=(count, len(self.columns)))

    def posterior(self, x):
        """Returns the direction and concentration of p(z|x), [B, D] and [B, 1]."""
        along = x @ self.columns
        length = np.linalg.norm(along, axis=-1, keepdims=True)
        return along / length, self.radius * length / self.sigma**2

    def log_marginal(self, x):
        """Returns log p(x), [B]."""
        half, (_, k) = self.columns.shape[1] / 2, self.posterior(x)
        k = k[:, 0]
        noise = -np.sum(x**2, axis=-1) / (2 * self.sigma**2) - x.shape[1] / 2 * np.log(2 * np.pi * self.sigma**2)
        bessel = np.log(special.ive(half - 1, k)) + k
        return (
            noise - self.radius**2 / (2 * self.sigma**2) + special.gammaln(half) - (half - 1) * np.log(k / 2) + bessel
        )

    def vae(self, objective, **parts):
        """Returns the model as a VAE, whose decoder is the exact one unless it is given."""
        size, latents = self.columns.shape
        given = {
            "encoder": networks.mlp_encoder((size,), (32,), "tanh"),
            "posterior": families.VonMisesFisher((latents,)),
            "prior": priors.HypersphericalUniform((latents,)),
            "decoder": networks.linear((latents,)),
            "likelihood": families.Normal((size,), scale=self.sigma),
            "seed": 0,
        }
        vae = VAE(objective=objective, **(given | parts))
        if "decoder" not in parts:
            vae.likelihood.head.kernel.assign(self.radius * self.columns.T)
            vae.likelihood.head.bias.assign(np.zeros(size))
        return vae
