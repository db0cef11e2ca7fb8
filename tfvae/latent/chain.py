"""The Markov chain of encoding and decoding, as a sampler."""

from typing import Any

import tensorflow as tf

from tfvae import arguments, random
from tfvae.inputs import conditions, form, models


def chain(vae, x, steps, *, condition: Any = None, mean=True, seed: Any = 0):
    """Returns the states of the Markov chain that encodes and decodes, step by step.

    z_t ~ q(z|x_{t-1}),  x_t ~ p(x|z_t)

    Where q(z|x) is the posterior of the model, it is a Gibbs sampler, and its stationary law is p(x), as that of draws
    of the prior. Where the likelihood alone was trained, without a KL, p(z) says nothing of what the decoder saw; the
    chain's stationary law is still near the law of the data, as near as p(x|z) is to the posterior of x given z. So
    an autoencoder with a spread generates, from any x, and without a prior that is fitted afterwards.

    Neighbours are alike: take the last state, or one of every so many. Started in data, the chain stays near data.

    Reference: Zhao, Song and Ermon (2017), Towards deeper understanding of variational autoencoding models, arXiv
    1702.08658; Rezende, Mohamed and Wierstra (2014), arXiv 1401.4082, who fill in missing pixels by it; Bengio, Yao,
    Alain and Vincent (2013), Generalized denoising auto-encoders as generative models, arXiv 1305.6663.

    Args:
        vae: The model, of one array, with any posterior.
        x: Raw x_0, [B, ...], as for `vae.encode`: data, or whatever is a start.
        steps: How many.
        condition: [B, ...] for a conditional model; it stays.
        mean: Whether to return the means of p(x|z_t). The chain goes on with its draws in any case.
        seed: int or int32[2].

    Returns:
        [steps, B, *event] in x's units.

    Raises:
        ValueError: `steps` is not a positive int, or the batch doesn't fit.

    >>> from tfvae import data, recipes
    >>> images = data.digits("train")[0][:256]
    >>> vae = recipes.vae((8, 8, 1), 2)
    >>> vae.compile("adam")
    >>> history = vae.fit(images, epochs=1, verbose=0)
    >>> chain(vae, images[:5], 10).shape
    TensorShape([10, 5, 8, 8, 1])
    """
    steps = arguments.integer("steps", steps)
    models.of_one_array(vae, "latent.chain", "Take vae.sample, which generates all modalities.")
    conditions.presence(vae, condition)
    x = form.of(vae).read("x", x)
    conditions.check(vae, condition, len(x))
    models.usable(vae)
    base = random.as_seed(seed, None)

    def step(x, condition, seed):
        z = vae.encode_preprocessed(x, condition).sample(seed=random.fold(seed, 0))
        law = vae.decode(z, condition)
        drawn = law.sample(seed=random.fold(seed, 1))
        return drawn, form.of(vae).shown(law.mean() if mean else drawn)

    # Made anew in each call: a function kept outside the model would keep the model alive.
    compiled = tf.function(step, autograph=False, reduce_retracing=True)
    state, states = vae.preprocess(x), []
    for number in range(steps):
        state, shown = compiled(state, condition, random.fold(base, number))
        states.append(shown)
    return tf.stack(states)
