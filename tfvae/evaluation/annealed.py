"""A sandwich around log p(x): chains that are annealed to the posterior, and back from it."""

import math
from typing import Any, NamedTuple

import keras
import numpy as np

from tfvae import arguments, random
from tfvae.evaluation import support
from tfvae.evaluation.chains import PHASES, Chains
from tfvae.evaluation.estimate import Estimate, of_examples
from tfvae.inputs import datasets, models


class Bound(NamedTuple):
    """A bound on log p(x), in nats.

    Attributes:
        value: Mean over the examples.
        standard_error: Of `value`, over the examples.
        per_example: float64 [N], in the order of the input.
        per_example_error: [N], standard error of each, over its chains.
    """

    value: float
    standard_error: float
    per_example: np.ndarray
    per_example_error: np.ndarray


class Annealed(NamedTuple):
    """A sandwich around log p(x), in nats.

    Attributes:
        lower: `Bound` from below, in expectation, on the examples of the dataset.
        simulated: Likewise, on as many examples that the model drew.
        upper: `Bound` from above, in expectation, on the examples that the model drew.
        gap: `Estimate` of the mean of `upper` - `simulated`: both bounds are as close to log p(x) on such examples.
        drawn: [N, *event], the examples that the model drew, as the likelihood has them.
        acceptance: Mean share of accepted moves.
    """

    lower: Bound
    simulated: Bound
    upper: Bound
    gap: Estimate
    drawn: np.ndarray
    acceptance: float


def annealed(
    vae,
    dataset,
    num_temperatures=500,
    num_chains=16,
    leapfrog_steps=5,
    from_posterior=False,
    seed=0,
    verbose: Any = "auto",
):
    """Bounds log p(x) from below and from above, by annealed importance sampling.

    log p(x) >= E log 1/C sum_c w_c,  chains from p(z) to p(z|x)
    log p(x) <= E -log 1/C sum_c v_c,  chains from p(z|x) back to p(z)

    Each chain passes through the laws p(z) p(x|z)^b, from b = 0 to 1 or back, by moves of Hamiltonian Monte Carlo
    that keep them; w_c is what `annealing.log_weights` says. More temperatures make both bounds tighter, at a cost
    that is proportional to them: T * C * (leapfrog_steps + 2) gradients of the decoder for each example.

    Chains back need a draw of p(z|x). There is an exact one only where the model itself drew z and then x. So `upper`
    is of such examples, as many as the dataset has, with its conditions; `simulated` is the lower bound on the same
    ones, and `gap` says how far apart they are: how much too low `lower` may be, as long as the data are like draws of
    the model. This is bidirectional Monte Carlo.

    The steps of the moves are tuned by a pilot, whose chains are thrown away, and then frozen. No part of it needs the
    encoder, unless it starts from the posterior.

    Reference: Neal (2001), Annealed importance sampling; Wu et al. (2017), On the quantitative analysis of
    decoder-based generative models, arXiv 1611.04273; Grosse et al. (2015), Sandwiching the marginal likelihood using
    bidirectional Monte Carlo, arXiv 1511.02543.

    Args:
        vae: A model whose prior and likelihood have densities, and whose z is real.
        dataset: A finite `tf.data.Dataset` of batches, as for `fit`. A batch is decoded `num_chains` times at once.
        num_temperatures: T.
        num_chains: C, for each example, at least 2.
        leapfrog_steps: Of each move.
        from_posterior: Whether chains start from q(z|x) in place of p(z), and end there on their way back. It needs
            fewer temperatures where q is close to p(z|x), and a posterior whose density is known anywhere.
        seed: int; the same seed gives the same bounds.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        An `Annealed`.

    Raises:
        ValueError: A part without density, a z that is not real, values outside the likelihood's support, no data, or
            an array instead of batches.

    >>> from tfvae import data, evaluation, recipes
    >>> images = data.from_array(data.digits("test")[0][:4], batch_size=4)
    >>> vae = recipes.vae((8, 8, 1), 2, preprocessing=data.Binarize())
    >>> found = evaluation.annealed(vae, images, num_temperatures=20, num_chains=4, verbose=0)
    >>> found.lower.per_example.shape, found.drawn.shape
    ((4,), (4, 8, 8, 1))
    """
    models.usable(vae)
    _check(vae, from_posterior)
    num_temperatures = arguments.integer("num_temperatures", num_temperatures, "an int >= 2", minimum=2)
    num_chains = arguments.integer("num_chains", num_chains, "an int >= 2, for an error", minimum=2)
    leapfrog_steps = arguments.integer("leapfrog_steps", leapfrog_steps)
    datasets.batches("dataset", dataset, vae=vae)
    chains = Chains(vae, num_temperatures, num_chains, leapfrog_steps, from_posterior)
    batches = int(dataset.cardinality()) if hasattr(dataset, "cardinality") else -1
    bar = keras.utils.Progbar(PHASES * batches if batches > 0 else None, verbose=1 if verbose == "auto" else verbose)
    weights, accepted, drawn = {"lower": [], "simulated": [], "upper": []}, [], []
    for x, condition, batch_seed in support.batches(vae, dataset, seed):
        found, shares, own = chains.run(x, condition, random.fold(batch_seed, 1), bar)
        for name, log_weight in found.items():
            weights[name].append(log_weight.numpy())
        accepted += [share.numpy() for share in shares]
        drawn.append(own.numpy())
    lower, simulated, upper = (_bound(np.concatenate(each, axis=1)) for each in weights.values())
    upper = upper._replace(value=-upper.value, per_example=-upper.per_example)
    gap = of_examples(upper.per_example - simulated.per_example)
    return Annealed(lower, simulated, upper, gap, np.concatenate(drawn), float(np.concatenate(accepted).mean()))


def _check(vae, from_posterior):
    """Refuses a model whose z chains can't move along."""
    if not isinstance(from_posterior, bool):
        raise arguments.invalid("from_posterior", "True or False", from_posterior)
    support.refuse_without_density(vae, ("prior", "likelihood"))
    if set(vae.posterior.measure) != {"real"}:
        raise ValueError(
            "evaluation.annealed moves z by the gradient of its density, and the z of a "
            f"{type(vae.posterior).__name__} posterior is not real numbers in flat space. Use "
            "evaluation.log_likelihood, with more draws."
        )
    if from_posterior and not (vae.posterior.has_density and vae.posterior.density_anywhere):
        raise ValueError(
            f"from_posterior=True needs the density of q(z|x) at any z, which a {type(vae.posterior).__name__} "
            "posterior doesn't have. Use from_posterior=False."
        )


def _bound(log_weights):
    """Returns the `Bound` of the log of each example's mean weight, [C, N] -> [N]."""
    most = log_weights.max(axis=0)
    weights = np.exp(log_weights - most)
    mean = weights.mean(axis=0)
    per_example = most + np.log(mean)
    # The delta method: the variance of the log of a mean.
    error = weights.std(axis=0, ddof=1) / (math.sqrt(len(weights)) * mean)
    found = of_examples(per_example)
    return Bound(found.value, found.standard_error, per_example, error)
