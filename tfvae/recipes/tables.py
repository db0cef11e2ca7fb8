"""Models of tables, whose columns are of several kinds and any of whose cells may be missing.

They are made for a table, not for a shape, and are none of the papers that the others are compared by.
"""

import inspect

from tfvae import arguments, families, networks, priors, terms
from tfvae.data import Table
from tfvae.vae import VAE

_PARTS = [name for name in inspect.signature(VAE.__init__).parameters if name not in ("self", "kwargs")]
# Of the networks, either side. Tables are small: 512 units, as pictures get, learn the rows by heart.
_UNITS = (128,)


def table_vae(table, latent_size=None, **parts):
    """Returns a VAE of a table's rows: a likelihood for each column by its kind, exact where cells are missing.

    loss = -E_q(z|x_there)[sum over the cells that are there of log p(x_c|z)] + KL(q(z|x_there) || p(z))

    p(x_c|z) is `Normal` for `Numeric` and `Date`, standardised, `RoundedLogistic` for `Integer`, either with one scale
    for all rows, `Bernoulli` for `Binary`, `Categorical` and `OrderedLogistic` for `Categorical` and `Ordinal`.

    The encoder sees categories as one-hot vectors and which cells are there. Which cells are missing may depend on what
    is there, and not on what is missing (missing at random).

    Nazabal et al. (2020), Handling incomplete heterogeneous data using VAEs, arXiv 1807.03653, section 2.

    Args:
        table: A `data.Table`.
        latent_size: Number of latent dimensions; None is half as many as columns, from 2 to 10.
        **parts: Any part of `VAE` in a default's place.

    Raises:
        ValueError: `table` is no `data.Table`.
        TypeError: A keyword that `VAE` doesn't have.

    >>> from tfvae import data
    >>> people = data.table({"age": [31, 54, None], "town": ["Ulm", "Ulm", "Bonn"]}, learn_from="all")
    >>> table_vae(people, 2).likelihood.families["town"]
    Categorical((1,), levels=3)
    """
    return _of("table_vae", table, latent_size, [terms.NegativeLogLikelihood(), terms.KL()], parts)


def table_iwae(table, latent_size=None, num_samples=20, **parts):
    """Returns MIWAE, the importance-weighted bound on what is there of a table's rows; parts as in `table_vae`.

    loss = -E[log 1/K sum_k p(x_there|z_k) p(z_k) / q(z_k|x_there)],  z_k ~ q(z|x_there)

    `evaluation.impute` then fills what is missing by the same weights. In this package `recipes.miwae` is another
    paper's, of the same name.

    Mattei and Frellsen (2019), MIWAE: deep generative modelling and imputation of incomplete data sets,
    arXiv 1812.02633.

    Args:
        table: A `data.Table`.
        latent_size: Number of latent dimensions; None is half as many as columns, from 2 to 10.
        num_samples: K.
        **parts: Any part of `VAE` in a default's place.

    Raises:
        ValueError: `table` is no `data.Table`.
        TypeError: A keyword that `VAE` doesn't have.

    >>> from tfvae import data
    >>> people = data.table({"age": [31, 54, None], "town": ["Ulm", "Ulm", "Bonn"]}, learn_from="all")
    >>> table_iwae(people, 2).objective
    [ImportanceWeighted(20)]
    """
    return _of("table_iwae", table, latent_size, [terms.ImportanceWeighted(num_samples)], parts)


def suited_size(columns):
    """Returns a number of latent dimensions for a table of so many columns: half as many, from 2 to 10."""
    return max(2, min(10, columns // 2))


def _of(name, table, latent_size, objective, parts):
    arguments.keywords(f"recipes.{name}", parts, ["table", "latent_size", *_PARTS, "name", "dtype"])
    if not isinstance(table, Table):
        raise arguments.invalid("table", "a table, as data.table('people.csv') makes it", table)
    size = suited_size(len(table.columns)) if latent_size is None else latent_size
    latent = (arguments.integer("latent_size", size),)
    levels = tuple(column.levels for column in table.columns.values())
    defaults = {
        "encoder": lambda: networks.WithCategories(
            networks.mlp_encoder((networks.columns_size(levels),), _UNITS), levels
        ),
        "posterior": lambda: families.Normal(latent),
        "prior": lambda: priors.StandardNormal(latent),
        "decoder": lambda: networks.mlp_decoder(latent, _UNITS),
        "likelihood": lambda: families.Columns({name: _family(each) for name, each in table.columns.items()}),
        "objective": lambda: objective,
        "preprocessing": table.preprocessing,
    }
    return VAE(**{name: make() for name, make in defaults.items() if name not in parts}, **parts)


def _family(column):
    """Returns the family of a column's x, by what the column says of itself."""
    if column.levels is None:
        # A scale for each row would let single rows be learned by heart, their density without bound.
        if column.step is None:
            return families.Normal((1,), scale="shared")
        return families.RoundedLogistic((1,), column.step, scale="shared")
    if column.levels == 2:
        return families.Bernoulli((1,))
    return (families.OrderedLogistic if column.ordered else families.Categorical)((1,), levels=column.levels)
