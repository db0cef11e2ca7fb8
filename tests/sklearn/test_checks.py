"""scikit-learn's own checks of an estimator, all of them, on each of the estimators."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from tfvae.sklearn import VAEDensity, VAEImputer, VAEOutlierDetector, VAETransformer

FEW = {"latent_size": 2, "epochs": 2, "random_state": 0}
ESTIMATORS = (
    VAETransformer(**FEW),
    VAEDensity(num_samples=5, **FEW),
    VAEOutlierDetector(num_samples=5, **FEW),
    VAEImputer(num_samples=5, **FEW),
)
# Of the density alone: what is said before `fit`, of the arguments, and that a row's score is its own.
QUICK = {
    "check_estimators_unfitted",
    "check_get_params_invariance",
    "check_methods_sample_order_invariance",
    "check_n_features_in",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
}


def _rows():
    for estimator in ESTIMATORS:
        for number, (fresh, check) in enumerate(estimator_checks_generator(estimator)):
            name = check.func.__name__
            quick = isinstance(estimator, VAEDensity) and name in QUICK
            marks = () if quick else pytest.mark.exhaustive
            yield pytest.param(fresh, check, id=f"{type(estimator).__name__}-{number}-{name}", marks=marks)


@pytest.mark.parametrize(("estimator", "check"), list(_rows()))
def test_scikit_learn_finds_no_fault(estimator, check):
    assert check(estimator) is None  # it raises where it finds one
