"""What is served, and by what."""

import functools

from tests.models import LATENT, SHAPE, make
from tests.parts.composed import by_modality
from tests.serving import grpc_server, rest_server
from tfvae import VAE, data, evaluation, families, networks, priors, terms

#: What serves on loopback, by the scheme of its address.
MODULES = {"grpc": grpc_server, "http": rest_server}


@functools.cache
def vae():
    """What is served as `digits`."""
    return make()


@functools.cache
def conditional():
    """What is served as `labelled`."""
    return VAE(
        encoder=networks.Conditional(networks.mlp_encoder((8, 8, 11), (8,)), num_classes=10),
        posterior=families.Normal(LATENT),
        prior=priors.StandardNormal(LATENT),
        decoder=networks.Conditional(networks.mlp_decoder((13,), (8,)), num_classes=10),
        likelihood=families.Normal(SHAPE, scale="shared"),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Rescale(),
    )


@functools.cache
def normal():
    """The calibration of `labelled`, on the next digits."""
    images, labels = data.digits("validation")
    held_out = data.from_array(images[:60], labels[:60], batch_size=60)
    return evaluation.typicality(conditional(), held_out, num_samples=5, verbose=0)


@functools.cache
def pair():
    """What is served as `pair`: an image and its label."""
    return make(**by_modality())
