"""Each family, by its dtype."""

from tfvae import families, flows

FAMILIES = {
    "normal": lambda dtype: families.Normal((4,), dtype=dtype),
    "normal, per example": lambda dtype: families.Normal((4,), scale="example", dtype=dtype),
    "normal, optimal": lambda dtype: families.Normal((4,), scale="optimal", dtype=dtype),
    "normal, shared": lambda dtype: families.Normal((4,), scale="shared", dtype=dtype),
    "normal, shared vector": lambda dtype: families.Normal((4,), scale="shared_dimension", dtype=dtype),
    "normal, fixed": lambda dtype: families.Normal((4,), scale=0.5, dtype=dtype),
    "normal, image": lambda dtype: families.Normal((4, 4, 2), dtype=dtype),
    "bernoulli": lambda dtype: families.Bernoulli((4,), dtype=dtype),
    "bernoulli, image": lambda dtype: families.Bernoulli((4, 4, 2), dtype=dtype),
    "deterministic": lambda dtype: families.Deterministic((4,), dtype=dtype),
    "codebook": lambda dtype: families.VectorQuantized((2, 2), num_codes=5, dtype=dtype),
    "codebooks": lambda dtype: families.ResidualQuantized((2, 2), num_codes=5, depth=3, dtype=dtype),
    "grid of codes": lambda dtype: families.FiniteScalarQuantized((2, 3), levels=(8, 5, 2), dtype=dtype),
    "signs": lambda dtype: families.LookupFreeQuantized((2, 2), dtype=dtype),
    "averaged pair": lambda dtype: families.AveragedPair(families.Normal((2, 3), dtype=dtype), dtype=dtype),
    "multiplied pair": lambda dtype: families.MultipliedPair(
        families.Normal((2, 3), scale="example", dtype=dtype), dtype=dtype
    ),
    "full covariance": lambda dtype: families.MultivariateNormal((4,), dtype=dtype),
    "full covariance of one": lambda dtype: families.MultivariateNormal((1,), dtype=dtype),
    "uniform": lambda dtype: families.Uniform((4,), low=-2.0, dtype=dtype),
    "relaxed bernoulli": lambda dtype: families.RelaxedBernoulli((4,), dtype=dtype),
    "straight-through bernoulli": lambda dtype: families.RelaxedBernoulli((4,), straight_through=True, dtype=dtype),
    "relaxed categorical": lambda dtype: families.RelaxedCategorical((2, 3), dtype=dtype),
    "straight-through categorical": lambda dtype: families.RelaxedCategorical(
        (2, 3), straight_through=True, dtype=dtype
    ),
    "joint": lambda dtype: families.Joint(
        [families.Normal((3,), scale="example", dtype=dtype), families.RelaxedCategorical((2, 4), dtype=dtype)],
        dtype=dtype,
    ),
    "planar flow": lambda dtype: families.Transformed(
        families.Normal((4,), dtype=dtype), [flows.Planar((4,), dtype=dtype) for _ in range(2)], dtype=dtype
    ),
    "radial flow": lambda dtype: families.Transformed(
        families.Normal((4,), scale="shared", dtype=dtype), flows.Radial((4,), dtype=dtype), dtype=dtype
    ),
    "iaf": lambda dtype: families.Transformed(
        families.Normal((4,), dtype=dtype),
        [flows.InverseAutoregressive((4,), (8,), 3, reverse, dtype=dtype) for reverse in (False, True)],
        dtype=dtype,
    ),
    "linear iaf of a full covariance": lambda dtype: families.Transformed(
        families.MultivariateNormal((4,), dtype=dtype),
        [flows.InverseAutoregressive((4,), units=(), dtype=dtype)],
        dtype=dtype,
    ),
    "maf": lambda dtype: families.Transformed(
        families.Laplace((4,), dtype=dtype),
        [flows.Inverted(flows.InverseAutoregressive((4,), dtype=dtype), dtype=dtype)],
        dtype=dtype,
    ),
    "laplace": lambda dtype: families.Laplace((4,), dtype=dtype),
    "logistic": lambda dtype: families.Logistic((4,), scale="shared", dtype=dtype),
    "spectral normal": lambda dtype: families.SpectralNormal((4, 4, 2), dtype=dtype),
    "student's t": lambda dtype: families.StudentT((4, 4, 2), dtype=dtype),
    "student's t, fixed df": lambda dtype: families.StudentT((4,), df=3.0, scale="example", dtype=dtype),
    "continuous bernoulli": lambda dtype: families.ContinuousBernoulli((4, 4, 2), dtype=dtype),
    "poisson": lambda dtype: families.Poisson((4,), dtype=dtype),
    "negative binomial": lambda dtype: families.NegativeBinomial((4,), dtype=dtype),
    "negative binomial, shared": lambda dtype: families.NegativeBinomial((4,), shared_total_count=True, dtype=dtype),
    "zero-inflated": lambda dtype: families.ZeroInflated(families.NegativeBinomial((4,), dtype=dtype), dtype=dtype),
    "multinomial": lambda dtype: families.Multinomial((4,), total_count=7, dtype=dtype),
    "multinomial, image": lambda dtype: families.Multinomial((2, 2, 1), total_count=7, dtype=dtype),
    "dirichlet-multinomial": lambda dtype: families.DirichletMultinomial((4,), total_count=7, dtype=dtype),
    "library-sized": lambda dtype: families.LibrarySized(
        families.ZeroInflated(families.NegativeBinomial((4,), shared_total_count=True, dtype=dtype), dtype=dtype),
        total_count=7,
        dtype=dtype,
    ),
    "beta-binomial": lambda dtype: families.BetaBinomial((4,), levels=17, dtype=dtype),
    "categorical": lambda dtype: families.Categorical((4, 4, 2), levels=5, dtype=dtype),
    "discretized logistic": lambda dtype: families.DiscretizedLogistic((4,), levels=17, dtype=dtype),
    "discretized logistic mixture": lambda dtype: families.DiscretizedLogisticMixture(
        (4, 4, 2), levels=17, components=3, dtype=dtype
    ),
    "one-hot": lambda dtype: families.OneHot((4,), dtype=dtype),
    "one-hot, of each position": lambda dtype: families.OneHot((2, 3), dtype=dtype),
    "class and normal": lambda dtype: families.ClassConditional(
        3, families.Normal((2, 2), scale="example", dtype=dtype), dtype=dtype
    ),
    "power spherical": lambda dtype: families.PowerSpherical((4,), dtype=dtype),
    "torus": lambda dtype: families.VonMisesFisher((3, 2), dtype=dtype),
    "wrapped normal": lambda dtype: families.WrappedNormal((4,), dtype=dtype),
    "wrapped normal, several": lambda dtype: families.WrappedNormal((2, 3), curvature=-0.5, min_scale=0.1, dtype=dtype),
    "mixture": lambda dtype: families.Mixture(families.Laplace((4,), dtype=dtype), components=3, dtype=dtype),
    "mixture of equal weights": lambda dtype: families.Mixture(
        families.Normal((2, 2), dtype=dtype), components=3, equal_weights=True, dtype=dtype
    ),
    "semi-implicit": lambda dtype: families.SemiImplicit(
        families.Normal((4,), dtype=dtype), num_mixing=5, noise_size=3, units=8, dtype=dtype
    ),
    "observed": lambda dtype: families.Observed(families.Normal((4,), scale="shared", dtype=dtype), dtype=dtype),
    "observed grey levels": lambda dtype: families.Observed(
        families.DiscretizedLogistic((4, 4, 2), levels=17, dtype=dtype), dtype=dtype
    ),
    "rounded logistic": lambda dtype: families.RoundedLogistic((4,), step=0.5, dtype=dtype),
    "rounded logistic, shared": lambda dtype: families.RoundedLogistic((4,), scale="shared", dtype=dtype),
    "ordered logistic": lambda dtype: families.OrderedLogistic((4,), levels=5, dtype=dtype),
    "columns": lambda dtype: families.Columns(
        {
            "age": families.RoundedLogistic((1,), 0.1, dtype=dtype),
            "length": families.Normal((1,), scale="shared", dtype=dtype),
            "smokes": families.Bernoulli((1,), dtype=dtype),
            "town": families.Categorical((1,), levels=4, dtype=dtype),
            "grade": families.OrderedLogistic((1,), levels=3, dtype=dtype),
        },
        dtype=dtype,
    ),
}
