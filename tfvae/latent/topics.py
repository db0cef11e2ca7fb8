"""The topics of a model of words."""

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.inputs import models

# Of one topic's z, all others' being 0: the softmax of it is 1 in float64, too.
_ALONE = 1e3


def topics(vae, words=None, count=10):
    """Returns the most probable words of each topic, of a model whose z are logits of the shares of topics.

    p(word | topic k) = p(x|z) of one word, where theta = softmax(z) is all of topic k

    Args:
        vae: A model such as `recipes.prod_lda` makes: K latents, x a vector of counts.
        words: A sequence of what each dimension of x counts, D names; None for their numbers.
        count: How many words of each.

    Returns:
        A list of K lists of `count` words, or an array [K, count] of their numbers; the most probable come first.

    Raises:
        ValueError: A model of something else, `words` of another number, or a `count` that is no int in 1..D.

    Reference: Srivastava and Sutton (2017), arXiv 1703.01488, section 5.

    >>> from tfvae import recipes
    >>> vae = recipes.prod_lda((50,), 3)
    >>> vae.trained = True
    >>> topics(vae, count=4).shape
    (3, 4)
    """
    models.usable(vae)
    size, event = vae.posterior.event_shape, vae.likelihood.event_shape
    if len(size) != 1 or len(event) != 1 or vae.likelihood.modalities is not None:
        raise arguments.invalid("vae", "a model of vectors of counts with a vector of latents: recipes.prod_lda", vae)
    count = arguments.integer("count", count, f"an int in 1..{event[0]}, the number of words", maximum=event[0])
    if words is not None and len(words) != event[0]:
        raise arguments.invalid("words", f"{event[0]} names, one for each dimension of x", len(words))
    means = vae.decode(_ALONE * tf.eye(size[0], dtype=vae.float_dtype)).mean().numpy()
    top = np.argsort(-means, axis=1, kind="stable")[:, :count]
    return top if words is None else [[words[number] for number in row] for row in top]
