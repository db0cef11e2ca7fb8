"""The VAE as a good PyTorch user writes it: two `nn.Sequential`s, losses on logits."""

import math

import torch
from torch import nn

# scale = 1e-3 + softplus(raw + log(e - 1)), as tfvae has it: the same model, not one of the same kind.
_SHIFT = math.log(math.e - 1)


def networks(work):
    """Returns (encoder to loc and raw scale, decoder to logits [B, 784]), initialised as Keras does."""
    latent = work["latent"]
    if work["network"] == "mlp":
        encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 2 * latent))
        decoder = nn.Sequential(nn.Linear(latent, 512), nn.ReLU(), nn.Linear(512, 784))
    else:
        encoder = nn.Sequential(
            nn.Conv2d(1, 32, 3, 2, 1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, 2, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(3136, 2 * latent),
        )
        decoder = nn.Sequential(
            nn.Linear(latent, 3136),
            nn.ReLU(),
            nn.Unflatten(1, (64, 7, 7)),
            nn.ConvTranspose2d(64, 64, 3, 2, 1, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 3, 2, 1, 1),
            nn.ReLU(),
            nn.Conv2d(32, 1, 1),
            nn.Flatten(),
        )
    for parameter in (*encoder.parameters(), *decoder.parameters()):
        if parameter.ndim > 1:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
    return encoder, decoder


def location_and_scale(features):
    """Returns the posterior's two parameters, float32, of the encoder's output."""
    loc, raw = features.float().chunk(2, dim=-1)
    return loc, 1e-3 + nn.functional.softplus(raw + _SHIFT)


class VAE(nn.Module):
    """Calling it on x [B, 1, 28, 28] gives the bound of each image, [B] nats.

    Args:
        work: Specification: network, latent, num_samples.
    """

    def __init__(self, work):
        super().__init__()
        self.encoder, self.decoder = networks(work)
        self.samples = work.get("num_samples", 1)

    def log_likelihood(self, z, x):
        """Returns log p(x|z) [K, B] of z [K, B, latent]."""
        logits = self.decoder(z.flatten(0, 1)).float().view(*z.shape[:2], 784)
        pixels = x.flatten(1).expand(len(z), -1, -1)
        return -nn.functional.binary_cross_entropy_with_logits(logits, pixels, reduction="none").sum(-1)

    def log_weights(self, loc, scale, x, samples):
        """Returns log p(x, z) - log q(z|x) for draws of z, [K, B]."""
        noise = torch.randn(samples, *loc.shape, device=loc.device)
        z = loc + scale * noise
        log_ratio = (0.5 * noise**2 - 0.5 * z**2 + torch.log(scale)).sum(-1)
        return self.log_likelihood(z, x) + log_ratio

    def forward(self, x):
        """Returns the ELBO with the closed KL, or the importance-weighted bound."""
        loc, scale = location_and_scale(self.encoder(x))
        if self.samples > 1:
            log_weights = self.log_weights(loc, scale, x, self.samples)
            return torch.logsumexp(log_weights, 0) - math.log(self.samples)
        z = loc + scale * torch.randn_like(loc)
        kl = 0.5 * (loc**2 + scale**2 - 1 - 2 * torch.log(scale)).sum(-1)
        return self.log_likelihood(z[None], x)[0] - kl
