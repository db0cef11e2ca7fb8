"""tfvae's models, as its documentation has them: nothing that a user wouldn't write."""

import tfvae
from benchmarks import pictures
from benchmarks.contenders import decoders
from tfvae import data, families, networks, priors, terms

SHAPE = (28, 28, 1)


def build(work):
    """Returns the compiled VAE of a specification."""
    if work["network"] == "residual":
        vae = tfvae.recipes.image_vae((pictures.SIDE, pictures.SIDE, 3), work["latent"], details=0, seed=work["seed"])
        vae.compile("adam")
        return vae
    latent = (work["latent"],)
    convolutional = work["network"] == "conv"
    samples = work.get("num_samples", 1)
    vae = tfvae.VAE(
        encoder=networks.conv_encoder(SHAPE) if convolutional else networks.mlp_encoder(SHAPE),
        posterior=families.Normal(latent),
        prior=priors.StandardNormal(latent),
        decoder=decoders.BY_NAME[work.get("decoder", "transposed")](latent[0])
        if convolutional
        else networks.mlp_decoder(latent),
        likelihood=families.Bernoulli(SHAPE),
        objective=terms.ImportanceWeighted(samples) if samples > 1 else [terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Binarize(),
        seed=work["seed"],
    )
    vae.compile("adam")
    return vae
