"""Arguments of families and flows."""

from tests.errors.models import build
from tests.errors.row import row
from tests.models import LATENT
from tfvae import families, flows, networks, priors, terms

# Posteriors of codes, by what an error calls them.
QUANTISED = {
    "VectorQuantized": lambda: families.VectorQuantized(LATENT, 4),
    "ResidualQuantized": lambda: families.ResidualQuantized(LATENT, 4, 2),
    "FiniteScalarQuantized": lambda: families.FiniteScalarQuantized(LATENT, (5, 5, 5)),
    "LookupFreeQuantized": lambda: families.LookupFreeQuantized(LATENT),
}
# What needs a density of them.
OF_A_DENSITY = {
    "a KL": (lambda make: build(posterior=make()), "KL needs the density of q"),
    "importance weights": (
        lambda make: build(posterior=make(), objective=terms.ImportanceWeighted(3)),
        "ImportanceWeighted needs the density of q",
    ),
    "a likelihood": (
        lambda make: build(likelihood=make(), encoder=networks.mlp_encoder(LATENT)),
        "NegativeLogLikelihood needs the density of p|moves by statistics of the batch",
    ),
    "a learned prior": (lambda make: priors.Learned(make()), "`family`.*known at any point"),
    "a fixed prior": (lambda make: priors.Fixed(make(), {"encoded": 0.0}), "`family`.*known at any point"),
    "a base of flows": (lambda make: families.Transformed(make(), flows.Radial(LATENT)), "`base`.*with a density"),
    "what is observed": (lambda make: families.Observed(make()), "has none"),
}


ROWS = {
    "a pair of three": row(
        lambda: families.AveragedPair(families.Normal((3, 4))),
        "`family`",
        r"families\.Normal\(\(2, 16\)\)",
        r"\(3, 4\)",
    ),
    "a pair of no Gaussians": row(lambda: families.MultipliedPair(families.Laplace((2, 4))), "`family`", "Laplace"),
    "a pair of one latent": row(lambda: families.AveragedPair(families.Normal((2, 1))), "`family`", r"\(2, 1\)"),
    **{
        f"{use} of {name}": row(lambda act=act, make=make: act(make), said, name)
        for use, (act, said) in OF_A_DENSITY.items()
        for name, make in QUANTISED.items()
    },
    "a sphere of one number": row(lambda: families.PowerSpherical((3, 1)), "`event_shape`", "two numbers", r"\(3, 1\)"),
    "a concentration of none": row(
        lambda: families.VonMisesFisher((3,), max_concentration=0), "`max_concentration`", "> 0", "max_concentration=0"
    ),
    "a curvature above 0": row(
        lambda: families.WrappedNormal((3,), curvature=1.0), "`curvature`", "< 0", r"families\.PowerSpherical"
    ),
    "a wrapped scale of 0": row(lambda: families.WrappedNormal((3,), min_scale=0), "`min_scale`", "> 0"),
    "a mixture of grey levels": row(lambda: families.Mixture(families.Categorical((3,))), "`family`", "smooth"),
    "a mixture of vectors": row(
        lambda: families.Mixture(families.MultivariateNormal((3,))), "`family`", r"families\.Normal"
    ),
    "a mixing of what has no density": row(
        lambda: families.SemiImplicit(families.Deterministic((3,))), "`family`", "density at any point"
    ),
    "a mixing of fewer than no draws": row(
        lambda: families.SemiImplicit(families.Normal((3,)), num_mixing=-1), "`num_mixing`", "num_mixing=-1"
    ),
    "flows off a sphere": row(
        lambda: families.Transformed(families.PowerSpherical(LATENT), flows.Radial(LATENT)), "`base`", "real values"
    ),
    "one code": row(lambda: families.VectorQuantized((3,), 1), "`num_codes`", "int >= 2", "num_codes=1"),
    "a book that forgets nothing": row(lambda: families.VectorQuantized((3,), 4, decay=1.0), "`decay`", r"\[0, 1\)"),
    "books of one code": row(lambda: families.ResidualQuantized((3,), 1, 2), "`num_codes`", "num_codes=1"),
    "no book": row(lambda: families.ResidualQuantized((3,), 4, 0), "`depth`", "positive int", "depth=0"),
    "books that revive all": row(lambda: families.ResidualQuantized((3,), 4, 2, revive=1), "`revive`", "revive=1"),
    "levels of other dimensions": row(
        lambda: families.FiniteScalarQuantized((7, 7, 3)), "`levels`", "3 ints >= 2", r"levels=\(8, 5, 5, 5\)"
    ),
    "levels that are a number": row(lambda: families.FiniteScalarQuantized((3,), 5), "`levels`", "levels=5"),
    "a dimension of one level": row(lambda: families.FiniteScalarQuantized((2,), (5, 1)), "`levels`", ">= 2", "=1"),
    "more codes than numbers": row(
        lambda: families.FiniteScalarQuantized((4,), (256,) * 4), "`levels`", r"2\^31 - 1", "256"
    ),
    "more signs than numbers have": row(
        lambda: families.LookupFreeQuantized((7, 7, 31)), "`event_shape`", "at most 30", r"\(7, 7, 31\)"
    ),
    "an entropy of codes that aren't signs": row(
        lambda: build(posterior=QUANTISED["VectorQuantized"](), objective=[terms.CodeEntropy()]),
        "VectorQuantized posterior",
        r"families\.LookupFreeQuantized",
    ),
    "a negative total": row(
        lambda: families.Multinomial((3,), total_count=-1), "`total_count`", ">= 0, or None", "total_count=-1"
    ),
    "a total that is text": row(lambda: families.DirichletMultinomial((3,), "x"), "`total_count`", "'x'"),
    "zeros in what is no count": row(
        lambda: families.ZeroInflated(families.Normal((3,))), "`family`", r"families\.NegativeBinomial", "Normal"
    ),
    "zeros inflated twice": row(
        lambda: families.ZeroInflated(families.ZeroInflated(families.Poisson((3,)))), "`family`", "ZeroInflated"
    ),
    "a library of what has no mean": row(
        lambda: families.LibrarySized(families.Multinomial((3,))), "`family`", "independent counts", "Multinomial"
    ),
    "a library of no family": row(lambda: families.LibrarySized((3,)), "`family`", r"families\.NegativeBinomial"),
    "what is observed of counts of a total": row(
        lambda: families.Observed(families.Multinomial((3,), total_count=2)), "`family`", "not independent"
    ),
    "what is observed of no family": row(
        lambda: families.Observed("normal"), "`family`", r"families\.Normal\(\(16,\)\)", "family='normal'"
    ),
    "observed twice": row(
        lambda: families.Observed(families.Observed(families.Normal((3,)))), "`family`", "already", r"Observed\(Normal"
    ),
    "observed entries that depend on others": row(
        lambda: families.Observed(families.MultivariateNormal((3,))),
        "`family`",
        r"independent entries .* families\.Normal\(\(3,\)\)",
        "MultivariateNormal.* not independent",
    ),
    "observed pieces of a vector": row(
        lambda: families.Observed(families.Joint([families.Normal((3,)), families.Bernoulli((2,))])),
        "`family`",
        "not independent",
    ),
    "observed vectors of a simplex": row(
        lambda: families.Observed(families.RelaxedCategorical((2, 3))), "`family`", "not independent"
    ),
    "observed entries of a support that moves": row(
        lambda: families.Observed(families.Uniform((3,))), "`family`", "fixed support", "moves with its parameters"
    ),
    "observed points": row(
        lambda: families.Observed(families.Deterministic((3,))), "Deterministic has none", r"scale=1\.0"
    ),
    "unknown scale": row(
        lambda: families.Normal((3,), scale="sigma"), "`scale`", "dimension, example, shared", "'sigma'"
    ),
    "scale of 0": row(lambda: families.Normal((3,), scale=0.0), "`scale`", "> 0", r"scale=0\.0"),
    "scale that is a bool": row(lambda: families.Normal((3,), scale=True), "`scale`", "scale=True"),
    "min_scale of 0": row(lambda: families.Normal((3,), min_scale=0.0), "`min_scale`", "> 0", r"min_scale=0\.0"),
    "min_scale that is text": row(lambda: families.Normal((3,), min_scale="x"), "`min_scale`", "min_scale='x'"),
    "no axis": row(lambda: families.Normal(()), "`event_shape`", r"\(\)"),
    "negative axis": row(lambda: families.Normal((3, -1)), "`event_shape`", r"\(28, 28, 1\)", r"\(3, -1\)"),
    "broken axis": row(lambda: families.Bernoulli((2.5,)), "`event_shape`", r"2\.5"),
    "a flow of images": row(lambda: flows.Planar((4, 4)), "`event_shape`", r"a vector, such as \(16,\)", r"\(4, 4\)"),
    "flows of another size": row(
        lambda: families.Transformed(families.Normal((3,)), [flows.Planar((2,))]), "`flows`", r"flows\.Planar\(\(3,\)\)"
    ),
    "a chain of no flow": row(lambda: families.Transformed(families.Normal((3,)), []), "`flows`", r"flows=\[\]"),
    "flows of points": row(
        lambda: families.Transformed(families.Deterministic((3,)), flows.Radial((3,))),
        "`base`",
        "with a density",
        r"Deterministic\(\(3,\)\)",
    ),
    "flows of bits": row(
        lambda: families.Transformed(families.RelaxedBernoulli((3,), straight_through=True), flows.Radial((3,))),
        "`base`",
        "real values",
    ),
    "a planar flow, inverted": row(
        lambda: flows.Inverted(flows.Planar((3,))), "`flow`", r"flows\.InverseAutoregressive", r"Planar\(\(3,\)\)"
    ),
    "a flow without a scale": row(
        lambda: flows.InverseAutoregressive((3,), min_scale=0), "`min_scale`", "> 0", "min_scale=0"
    ),
    "a flow of a negative context": row(
        lambda: flows.InverseAutoregressive((3,), context_size=-1), "`context_size`", "int >= 0", "context_size=-1"
    ),
    "hidden units that are text": row(
        lambda: flows.InverseAutoregressive((3,), units="many"), "`units`", r"\(64, 32\)", "units='many'"
    ),
    "unknown argument of a family": row(
        lambda: families.Normal((3,), scal=1.0), "Normal .*`scal`", "Did you mean `scale`", error=TypeError
    ),
}
