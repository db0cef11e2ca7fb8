"""The residual VAE of colour pictures in PyTorch, channels last."""

import math

import torch
from torch import nn

from benchmarks.contenders import torch_model

# Of the errors of earlier steps, as tfvae keeps them.
_KEPT = 0.9
_MIN_SCALE = 1e-3


def initialised(layer, scale):
    """Returns a layer with a kernel of variance scale / (inputs of one output), as Keras draws it, and zero bias."""
    # The spread of a normal distribution that is cut off at two of its own.
    spread = math.sqrt(scale / layer.weight[0].numel()) / 0.87962566103423978
    nn.init.trunc_normal_(layer.weight, std=spread, a=-2 * spread, b=2 * spread)
    nn.init.zeros_(layer.bias)
    return layer


def _head(layer):
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x))))))."""

    def __init__(self, channels):
        super().__init__()
        layers = []
        for scale in (2.0, 0.02):
            convolution = initialised(nn.Conv2d(channels, channels, 3, padding=1), scale)
            layers += [nn.GroupNorm(channels // 16, channels), nn.SiLU(), convolution]
        self.branch = nn.Sequential(*layers)

    def forward(self, x):
        """Returns a map of x's shape."""
        return x + self.branch(x)


def networks(latent):
    """Returns (encoder to loc and raw scale, decoder to the mean of each pixel)."""
    encoder, channels = [], 3
    for filters in (16, 32, 64):
        encoder += [initialised(nn.Conv2d(channels, filters, 3, 2, 1), 1.0), Block(filters)]
        channels = filters
    encoder += [nn.SiLU(), nn.Flatten(), _head(nn.Linear(4096, 2 * latent))]
    decoder = [initialised(nn.Linear(latent, 4096), 1.0), nn.Unflatten(1, (64, 8, 8))]
    for filters, enlarged in ((64, 32), (32, 16), (16, 16)):
        decoder += [Block(filters), initialised(nn.ConvTranspose2d(filters, enlarged, 3, 2, 1, 1), 2.0)]
    decoder += [nn.SiLU(), _head(nn.Conv2d(16, 3, 1))]
    return nn.Sequential(*encoder), nn.Sequential(*decoder)


class VAE(nn.Module):
    """Calling it on pictures, uint8 [B, 64, 64, 3], gives the ELBO of each, [B] nats.

    p(x|z) is a Gaussian whose variance is the mean squared error of the last ten batches or so; training moves it.

    Args:
        work: Specification: latent.
    """

    def __init__(self, work):
        super().__init__()
        self.encoder, self.decoder = networks(work["latent"])
        self.register_buffer("errors", torch.zeros(()))
        self.register_buffer("seen", torch.zeros(()))
        # What is uint8 [B, height, width, 3] in memory is channels last as it is.
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        """Returns the ELBO with the closed KL."""
        x = x.permute(0, 3, 1, 2).float() / 255
        loc, scale = torch_model.location_and_scale(self.encoder(x))
        mean = self.decoder(loc + scale * torch.randn_like(loc)).float()
        kl = 0.5 * (loc**2 + scale**2 - 1 - 2 * torch.log(scale)).sum(-1)
        error = ((x - mean) ** 2).sum((1, 2, 3))
        size = x[0].numel()
        variance = torch.where(self.seen > 0, self.errors / self.seen, 1.0).clamp(min=_MIN_SCALE**2)
        log_likelihood = -0.5 * (error / variance + size * torch.log(2 * math.pi * variance))
        if self.training:
            with torch.no_grad():
                self.errors.copy_(_KEPT * self.errors + error.sum() / size)
                self.seen.copy_(_KEPT * self.seen + len(x))
        return log_likelihood - kl
