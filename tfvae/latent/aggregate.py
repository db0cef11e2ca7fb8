"""A prior fitted to the aggregate posterior, after the rest of the model has been trained."""

import functools
from typing import Any

import keras
import numpy as np

from tfvae import arguments, families, networks, random, terms
from tfvae.arguments import kinds
from tfvae.component import Component, register
from tfvae.composition import levels, parts
from tfvae.data import epoch
from tfvae.inputs import datasets, models
from tfvae.latent.inspection import chunks
from tfvae.networks.conditional import take_condition_of
from tfvae.vae import VAE

# Examples whose moments a prior starts from, before it is fitted by gradient.
_START = 1000


@register
class InferenceMode(Component):
    """A network that runs as in inference, also within a train step: Dropout off, moving averages as they are.

    Args:
        network: The network.
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        take_condition_of(self, [network])
        # What makes a decoder one of several stochastic layers, if this one is.
        self.latent_shapes = getattr(network, "latent_shapes", None)

    def call(self, x, condition=None, training=None):
        """Returns the network's features."""
        del training
        return networks.run(self.network, x, condition, training=False)

    def block(self, number, state, z, condition, training):
        """Returns the state below a level; see `networks.TopDownDecoder`."""
        del training
        return self.network.block(number, state, z, condition, False)


def fit_prior(vae, dataset, prior, objective: Any = None, *, optimizer: Any = None, seed=0, **fit):
    """Returns a model like `vae` with `prior` fitted to the encoded data; nothing else of it is trained.

    minimise H(q, p) = -E_q[log p(z)] over p,  q(z) = mean over the data of q(z|x)

    The cross entropy of the aggregate posterior and the prior is all of the ELBO that depends on the prior. Where q(z)
    is far from the prior that the model was trained with, its samples are of z that the decoder never saw; with a
    fitted prior they are not. An autoencoder, whose prior no training ever saw, samples after it.

    z is drawn as in training, with the preprocessing's noise, while the networks run as in inference. `vae` and `prior`
    are left as they are; see `VAE.with_prior` for what the new model is.

    A prior with a method of its own, such as EM for `priors.GaussianMixture`, is fitted by it, on all z at once in
    memory, unless there is an `optimizer`. Any other is fitted by `fit`, on the whole model for the one term
    `terms.CrossEntropy`. What others call samplers are priors here, and so in the model's files:

        mixture of Gaussians            GaussianMixture((16,))
        masked autoregressive flow      Learned(Transformed(Normal((16,)), [Inverted(InverseAutoregressive((16,)))]))
        inverse autoregressive flow     Learned(Transformed(Normal((16,)), [InverseAutoregressive((16,))]))
        diffusion                       Diffusion((16,)), or latent.diffusion(vae) of several layers and of maps
        two-stage VAE                   LatentVariable(another VAE, over z)
        mixture of posteriors           VampPrior((16,), x_shape)
        any direction, fitted length    Hypersphere((16,))
        inverse volume of a metric      InverseVolume((16,)), of the codes or of a Riemannian Hamiltonian VAE
        codes of a quantised model      Autoregressive(vae.posterior.event_shape, vae.posterior.book_sizes)

    A masked flow is fitted in one pass a step and draws in one a dimension, its inverse the other way about.

    Reference: Ghosh et al. (2020), From variational to deterministic autoencoders, arXiv 1903.12436, section 4,
    "ex-post density estimation"; Dai and Wipf (2019), Diagnosing and enhancing VAE models, arXiv 1903.05789, section 4.

    Args:
        vae: The model, with any posterior.
        dataset: Raw images [N, ...] or a finite dataset of batches; for a conditional model (images, condition).
        prior: A `priors.Prior` with trainable variables, over z of the model.
        objective: Terms of the new model, where those of `vae` don't fit the prior; see `VAE.with_prior`.
        optimizer: A Keras optimizer, or the name of one. None is `keras.optimizers.Adam(1e-3)`, or the prior's own
            method where it has one.
        seed: int, of the draws of z and of EM's start.
        **fit: Arguments of `VAE.fit`, such as `epochs`, `batch_size`, `verbose`, `callbacks` or `validation_data`.

    Returns:
        A `VAE`, which is not compiled.

    Raises:
        ValueError: There is nothing to train or nothing to train on; parts that don't fit; sample weights or arguments
            of `fit` for a prior with a method of its own, which takes none.

    >>> from tfvae import data, priors, recipes, terms
    >>> images = data.digits("train")[0][:256]
    >>> vae = recipes.autoencoder((8, 8, 1), 2)
    >>> vae.compile("adam")
    >>> history = vae.fit(images, epochs=1, verbose=0)
    >>> fitted = fit_prior(vae, images, priors.GaussianMixture((2,), components=5))
    >>> fitted.sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])
    """
    models.usable(vae)
    models.of_one_array(vae, "latent.fit_prior", "Give another prior to the model before it is trained.")
    parts.expect("prior", prior, parts.Prior, "priors.GaussianMixture((16,))")
    levels.head_for(vae, prior)
    if not prior.trainable_variables and not prior.has_own_fit:
        raise ValueError(
            f"Invalid value for argument `prior`. There is nothing to fit: {prior!r} has no trainable variables. Use "
            "one that learns, such as priors.GaussianMixture((16,)), or take this one as it is: vae.with_prior(prior)."
        )
    if vae.posterior.latent_shapes is not None and getattr(prior, "latent_shapes", None) is None:
        raise ValueError(
            f"Invalid value for argument `prior`. This model has {len(vae.posterior.latent_shapes)} stochastic layers, "
            "and the priors of the lower ones depend on the layers above. Expected a prior of all of them, "
            f"latent.diffusion(vae), or priors.Hierarchical(top, [...]). Received: {prior!r}"
        )
    if vae.posterior.relative:
        raise ValueError(
            "The posterior of this model is made relative to its prior, by families.PrecisionWeighted: another prior "
            "would change what x is encoded to. Train the model with the new prior: vae.with_prior(prior).fit(...)."
        )
    x, condition = dataset if isinstance(dataset, tuple) and len(dataset) == 2 else (dataset, None)
    if x is None:
        raise arguments.invalid("dataset", "images, an array or a dataset of batches", x)
    kinds.source("dataset", x)
    datasets.in_memory(dataset=x, condition=condition)
    kinds.ends("dataset", x)
    fitted = vae.with_prior(prior, objective)
    own = prior.has_own_fit and optimizer is None
    # Of a prior without a bound there is no cross entropy, and nothing that a gradient could do.
    known = not own or prior.has_bound(vae.posterior)
    student = _only_prior_learns(vae.with_prior(prior, terms.CrossEntropy()), seed) if known else fitted
    if own:
        _refuse_ignored(prior, fit)
        student.prior.fit_to(_observed(student, dataset, seed, functools.partial(prior.observed, vae)), seed)
    else:
        if prior.starts_from_draws:
            student.prior.start_from(_observed(student, dataset, seed, lambda inference: inference.z[0], _START), seed)
        student.compile(keras.optimizers.Adam(1e-3) if optimizer is None else optimizer)
        student.fit(x, condition, **fit)
    for mine, learned in zip(fitted.prior.variables, student.prior.variables, strict=True):
        mine.assign(learned)
    return fitted


def _only_prior_learns(vae, seed):
    """Returns a model of the same parts in which all but the prior is frozen, and whose likelihood costs nothing.

    Without a density there is no `elbo`, so no train step computes a reconstruction.
    """
    likelihood = families.Deterministic(vae.likelihood.event_shape, dtype=vae.likelihood.dtype_policy)
    with vae.distribute_strategy.scope():
        student = VAE(
            encoder=InferenceMode(vae.encoder, dtype=vae.dtype_policy),
            posterior=vae.posterior,
            prior=vae.prior,
            decoder=InferenceMode(vae.decoder, dtype=vae.dtype_policy),
            likelihood=likelihood,
            objective=vae.objective,
            preprocessing=vae.preprocessing,
            seed=seed,
            dtype=vae.dtype_policy,
        )
    for part in (student.encoder, student.posterior, student.decoder, student.likelihood):
        part.trainable = False
    student.trained = True
    return student


def _refuse_ignored(prior, fit):
    if fit:
        names = ", ".join(f"`{name}`" for name in fit)
        raise ValueError(
            f"{type(prior).__name__} is fitted by a method of its own, to all data at once, and {names} would be "
            "ignored. Leave them out, or give `optimizer`, such as keras.optimizers.Adam(1e-2), to fit it by gradient."
        )


def _observed(vae, dataset, seed, see, most=None):
    """Returns what is seen of each example, such as a draw of q(z|x), float64 [N, ...].

    Args:
        vae: The model.
        dataset: Its data.
        seed: int.
        see: `Inference` of a batch -> [B, ...].
        most: Examples after which no further batch is read; None for all, which may have no sample weights then.
    """
    base, found = random.as_seed(seed, None), []
    with epoch.in_order():
        for number, batch in enumerate(chunks("dataset", dataset)):
            x, condition, sample_weight = vae.unpack(batch)
            if sample_weight is not None and most is None:
                raise ValueError(
                    f"{type(vae.prior).__name__} is fitted by a method of its own, which takes no sample weights, and "
                    "the dataset has some. Drop them: dataset.map(lambda x, y, w: (x, y)), or give `optimizer`, such "
                    "as keras.optimizers.Adam(1e-2), to fit it by gradient, which takes them."
                )
            z = see(vae.infer(x, condition, num_samples=1, seed=random.fold(base, number)))
            found.append(z.numpy().astype("float64"))
            if most is not None and sum(map(len, found)) >= most:
                break
    if not sum(map(len, found)):
        raise ValueError("Invalid value for argument `dataset`. Expected images. Received none.")
    z = np.concatenate(found)
    strange = np.flatnonzero(~np.isfinite(z.reshape(len(z), -1)).all(axis=1))
    if len(strange):
        raise ValueError(
            f"Invalid value for argument `dataset`. {len(strange)} of {len(z)} examples have a z that is NaN or "
            f"infinite, at the rows {', '.join(map(str, strange[:5]))}. Repair or leave out such examples."
        )
    return z
