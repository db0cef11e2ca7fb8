"""Where p(x) is known: parts with a density, and values that the likelihood allows."""

from tfvae import random
from tfvae.composition import parts
from tfvae.data import epoch


def refuse_without_density(vae, roles=("posterior", "prior", "likelihood")):
    """Refuses a model one of whose parts has no density.

    Args:
        vae: The model.
        roles: The parts that need one.

    Raises:
        ValueError: There is none, with what to do instead.
    """
    for role in parts.without_density(vae):
        if role not in roles:
            continue
        other = "a prior such as priors.GaussianMixture" if role == "prior" else "a family such as families.Normal"
        raise ValueError(
            f"A model whose {role} is {type(getattr(vae, role)).__name__} has no density there, so p(x) can't be "
            f"estimated. Use {other}, or report the reconstruction error."
        )


def in_support(vae, x, seed):
    """Returns x as the likelihood sees it; refuses values outside of its support."""
    values = vae.preprocess(x, seed)
    inside = vae.likelihood.in_support(values).numpy()
    if not inside.all():
        raise ValueError(
            f"{int((~inside).sum())} of {len(inside)} examples have values outside the support of the "
            f"{type(vae.likelihood).__name__} likelihood, so the result would be no log-likelihood. For grey pixels "
            "use preprocessing=data.DynamicBinarize(), a likelihood of continuous values with data.Dequantize(), or "
            "one of grey levels, such as families.DiscretizedLogistic, with data.Quantize()."
        )
    return values


def batches(vae, dataset, seed):
    """Yields each batch as (x as the likelihood sees it, condition or None, int32[2] seed), in the input's order.

    The seed is the batch's own; its fold 0 has been drawn from.

    Args:
        vae: The model.
        dataset: A finite dataset of batches, as for `fit`.
        seed: int.

    Raises:
        ValueError: Values outside of the likelihood's support, or no batch.
    """
    base, number = random.as_seed(seed, None), None
    with epoch.in_order():
        for number, batch in enumerate(dataset):
            x, condition, _ = vae.unpack(batch)
            own = random.fold(base, number)
            yield in_support(vae, x, random.fold(own, 0)), condition, own
    if number is None:
        raise ValueError("The dataset is empty: nothing to estimate.")
