"""pythae as its users run it: its own `BaseTrainer` and losses.

`BaseEncoder` and `BaseDecoder` hold the networks of the PyTorch twin. Its loss
"bce" is the Bernoulli likelihood. It doesn't checkpoint between epochs, and its
progress bars go to a file.
"""

import logging
import math
import tempfile

import numpy as np
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import IWAE, VAE, IWAEConfig, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback

from benchmarks import fashion_mnist
from benchmarks.contenders import torch_model
from benchmarks.report import Report


class Encoder(BaseEncoder):
    """The twin's encoder, which gives pythae a log variance."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        """Returns embedding and log_covariance."""
        loc, scale = torch_model.location_and_scale(self.network(x))
        return ModelOutput(embedding=loc, log_covariance=2 * torch.log(scale))


class Decoder(BaseDecoder):
    """The twin's decoder, which gives pythae probabilities."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, z):
        """Returns the reconstruction."""
        return ModelOutput(reconstruction=torch.sigmoid(self.network(z)).view(-1, 1, 28, 28))


class Clock(TrainingCallback):
    """Tells the report of steps and epochs."""

    def __init__(self, report):
        self._report = report

    def on_train_step_end(self, training_config, **kwargs):
        """Ends a step."""
        self._report.step_done()

    def on_epoch_end(self, training_config, **kwargs):
        """Ends an epoch."""
        self._report.epoch_done()


def load(work, split, count):
    """Returns images as a float tensor [N, 1, 28, 28]."""
    return torch.from_numpy(fashion_mnist.binary(work["source"], split, count).transpose(0, 3, 1, 2))


def build(work):
    """Returns pythae's model."""
    encoder, decoder = torch_model.networks(work)
    common = {"input_dim": (1, 28, 28), "latent_dim": work["latent"], "reconstruction_loss": "bce"}
    if work["num_samples"] > 1:
        return IWAE(IWAEConfig(number_samples=work["num_samples"], **common), Encoder(encoder), Decoder(decoder))
    return VAE(VAEConfig(**common), Encoder(encoder), Decoder(decoder))


def train(report, work, folder):
    """Returns the trained model."""
    report.imported()
    for name in ("pythae.trainers.base_trainer.base_trainer", "pythae.models.base.base_model"):
        logging.getLogger(name).setLevel("ERROR")
    torch.manual_seed(work["seed"])
    data = load(work, "train", work["examples"])
    model = build(work)
    config = BaseTrainerConfig(
        output_dir=folder,
        num_epochs=work["epochs"],
        per_device_train_batch_size=work["batch_size"],
        learning_rate=work["learning_rate"],
        optimizer_cls="Adam",
        optimizer_params={"eps": work["epsilon"]},
        seed=work["seed"],
        no_cuda=not work["gpu"],
        amp=work["gpu"],
    )
    trainer = BaseTrainer(model, BaseDataset(data, torch.ones(len(data))), None, config, [Clock(report)])
    report.training_begins()
    trainer.train()
    return trainer.model.eval()


def bounds(model, x, samples):
    """Returns the bound of each image, [B] nats, from pythae's own encoder, noise and decoder."""
    encoded = model.encoder(x)
    loc, log_variance = (value.expand(samples, -1, -1) for value in (encoded.embedding, encoded.log_covariance))
    z, noise = model._sample_gauss(loc, torch.exp(0.5 * log_variance))
    pixels = x.flatten(1).expand(samples, -1, -1)
    means = model.decoder(z.flatten(0, 1))["reconstruction"].view(*pixels.shape)
    log_likelihood = -torch.nn.functional.binary_cross_entropy(means, pixels, reduction="none").sum(-1)
    if samples > 1:
        log_ratio = 0.5 * (noise**2 + log_variance - z**2).sum(-1)
        return torch.logsumexp(log_likelihood + log_ratio, 0) - math.log(samples)
    return log_likelihood[0] - 0.5 * (loc[0] ** 2 + log_variance[0].exp() - 1 - log_variance[0]).sum(-1)


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    with tempfile.TemporaryDirectory() as folder:
        model = train(report, work, folder)
    test = load(work, "test", work.get("test_examples")).to(model.device)
    with torch.inference_mode():
        report.result(np.concatenate([bounds(model, x, work["num_samples"]).cpu() for x in test.split(100)]))
    memory = {"device_memory": torch.cuda.max_memory_allocated() / 2**20} if work["gpu"] else {}
    report.finish(**memory)


if __name__ == "__main__":
    main()
