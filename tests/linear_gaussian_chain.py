"""A linear-Gaussian chain of two stochastic layers, whose every number is known in closed form.

z1 ~ N(0, I),  z2|z1 ~ N(A z1 + a, diag(s^2)),  x|z1, z2 ~ N(B z2 + D z1 + b, sigma^2 I)

All three are one Gaussian, so every conditional is known. p(z2|z1, x) is the product of p(z2|z1) and a Gaussian
likelihood. Where B has orthogonal columns, that likelihood has independent entries, and where those of D are orthogonal
to them, it doesn't depend on z1.
"""

import dataclasses
import types
from functools import cached_property

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tests.linear_gaussian import gaussian_log_density, set_normal_head
from tfvae import VAE, families, networks, priors
from tfvae.families import positive


def set_full_head(family, kernel, bias, covariance):
    """Makes the head of a `families.MultivariateNormal` give loc = features @ kernel + bias, and a covariance."""
    cholesky = np.linalg.cholesky(covariance)
    scale = np.diag(cholesky)
    triangle = (cholesky / scale[:, None])[1:, :-1]
    raw = [positive.inverse(scale, family.min_scale), tfp.math.fill_triangular_inverse(np.tril(triangle))]
    family.head.kernel.assign(np.pad(kernel, [[0, 0], [0, family.head.units - kernel.shape[1]]]))
    family.head.bias.assign(tf.concat([bias, *raw], 0))


@dataclasses.dataclass(frozen=True)
class Chain:
    """`between` is A [d2, d1], `offset` a [d2], `spread` s [d2], `weight` B [N, d2], `skip` D [N, d1], `bias` b [N]."""

    between: np.ndarray
    offset: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    skip: np.ndarray
    bias: np.ndarray
    sigma: float

    @classmethod
    def random(cls, seed=0, sigma=0.6):
        """Returns a chain of 2 over 3 latents over 5 numbers, B and D with orthogonal columns."""
        rng = np.random.default_rng(seed)
        basis = np.linalg.qr(rng.normal(size=(5, 5)))[0] * rng.uniform(0.7, 1.5, size=5)
        draw, spread = rng.normal, rng.uniform(0.4, 0.9, size=3)
        return cls(draw(size=(3, 2)), draw(size=3), spread, basis[:, :3], basis[:, 3:], draw(size=5), sigma)

    @cached_property
    def joint(self):
        """Mean [10] and covariance [10, 10] of (z1, z2, x)."""
        top, middle = np.eye(2), np.diag(self.spread**2)
        noise = np.zeros((10, 10))
        noise[:2, :2], noise[2:5, 2:5], noise[5:, 5:] = top, middle, self.sigma**2 * np.eye(5)
        # Each variable as a sum of the independent noises of all.
        mix = np.eye(10)
        mix[2:5, :2] = self.between
        mix[5:, :2], mix[5:, 2:5] = self.weight @ self.between + self.skip, self.weight
        mean = np.concatenate([np.zeros(2), self.offset, self.weight @ self.offset + self.bias])
        return mean, mix @ noise @ mix.T

    def log_marginal(self, x):
        """Returns log p(x), [B]."""
        mean, covariance = self.joint
        return gaussian_log_density(x, mean[5:], covariance[5:, 5:])

    def conditional(self, rows, given):
        """Returns (kernel, bias, covariance) of p(rows|given), all indices into (z1, z2, x); mean = v kernel + bias."""
        mean, covariance = self.joint
        kernel = np.linalg.solve(covariance[np.ix_(given, given)], covariance[np.ix_(given, rows)])
        spread = covariance[np.ix_(rows, rows)] - covariance[np.ix_(rows, given)] @ kernel
        return kernel, mean[rows] - mean[given] @ kernel, spread

    def sample(self, count, seed=1):
        """Draws x from p(x), [count, 5]."""
        mean, covariance = self.joint
        return np.random.default_rng(seed).multivariate_normal(mean[5:], covariance[5:, 5:], size=count)

    def vae(self, objective, precision_weighted=False, residual=False, widen=1.0, **kwargs):
        """Returns the chain as a VAE, its posterior exact.

        Args:
            objective: Terms.
            precision_weighted: Whether the lower level corrects the prior, instead of being told what is above.
            residual: Whether it moves and stretches the prior, told what is above.
            widen: Factor of both levels' variances, for a posterior that isn't exact.
            **kwargs: Of `VAE`.
        """
        top, middle, x = np.arange(2), np.arange(2, 5), np.arange(5, 10)
        below = families.Normal((3,), min_scale=1e-6)
        posterior = [families.MultivariateNormal((2,)), families.PrecisionWeighted(below)]
        if residual:
            posterior[1] = families.ResidualNormal(below)
        elif not precision_weighted:
            posterior[1] = below = families.MultivariateNormal((3,))
        vae = VAE(
            encoder=networks.BottomUpEncoder([networks.linear((5,)), networks.linear((5,))]),
            posterior=families.TopDown(posterior),
            prior=priors.Hierarchical(priors.StandardNormal((2,)), [families.Normal((3,), min_scale=1e-6)]),
            decoder=networks.TopDownDecoder([networks.linear((2,)), networks.linear((5,))], [(2,), (3,)]),
            likelihood=families.Normal((5,), scale=self.sigma),
            objective=objective,
            seed=0,
            **kwargs,
        )
        vae.trained = True
        kernel, bias, covariance = self.conditional(top, x)
        set_full_head(posterior[0], kernel, bias, widen * covariance)
        # The head is the wrapper's, and its units are the family's.
        head = types.SimpleNamespace(head=posterior[1].head, raw_from_scale=getattr(below, "raw_from_scale", None))
        if residual:
            kernel, bias, covariance = self.conditional(middle, np.concatenate([x, top]))
            kernel[5:] -= self.between.T
            set_normal_head(head, kernel, bias - self.offset, np.sqrt(widen * np.diag(covariance)) / self.spread)
        elif precision_weighted:
            squares = np.sum(self.weight**2, axis=0)
            set_normal_head(head, self.weight / squares, -self.bias @ self.weight / squares, self.sigma / squares**0.5)
        else:
            # The features are the encoder's, x, and the decoder's state, z1.
            kernel, bias, covariance = self.conditional(middle, np.concatenate([x, top]))
            set_full_head(below, kernel, bias, widen * covariance)
        set_normal_head(vae.prior.families[0], self.between.T, self.offset, self.spread)
        # The last state is (z1, z2).
        set_normal_head(vae.likelihood, np.concatenate([self.skip.T, self.weight.T]), self.bias)
        return vae
