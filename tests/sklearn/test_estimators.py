"""What users of scikit-learn do with estimators: pipelines, searches, files; latents and thresholds."""

import pickle
import random

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.pipeline import make_pipeline

from tests.sklearn.tables import LINEAR, STILL, linear_model, table
from tfvae import recipes
from tfvae.sklearn import VAEDensity, VAEOutlierDetector, VAETransformer
from tfvae.sklearn.fitting import epochs_for

QUICK = {"latent_size": 2, "epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def latents():
    return VAETransformer(make_model=linear_model, **STILL).fit(table())


@pytest.fixture(scope="module")
def ordinary():
    return VAETransformer(**QUICK).fit(table())


def test_latents_are_the_posteriors_means_and_lead_back(latents):
    x = table(10, seed=2)
    seen = (x - table().mean(axis=0)) / table().std(axis=0)
    z = np.linalg.solve(LINEAR.precision, LINEAR.weight.T @ (seen - LINEAR.bias).T / LINEAR.sigma**2).T
    np.testing.assert_allclose(latents.transform(x), z, rtol=1e-9)
    again = (z @ LINEAR.weight.T + LINEAR.bias) * table().std(axis=0) + table().mean(axis=0)
    np.testing.assert_allclose(latents.inverse_transform(z), again, rtol=1e-9)
    assert latents.get_feature_names_out().tolist() == ["vaetransformer0", "vaetransformer1"]


def test_many_rows_are_taken_in_pieces(latents):
    x = table(8200, seed=2)
    z = latents.transform(x)
    assert z.shape == (8200, 2)
    np.testing.assert_allclose(z[8190:], latents.transform(x[8190:]), rtol=1e-9)


def test_other_latents_than_there_are_do_not_lead_back(latents):
    with pytest.raises(ValueError, match="X has 3 features, but VAETransformer has 2 latents"):
        latents.inverse_transform(np.zeros((4, 3)))


def test_latents_get_names_in_pandas(ordinary):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(table(), columns=list("abcde"))
    found = VAETransformer(**QUICK).set_output(transform="pandas").fit(frame)
    assert found.feature_names_in_.tolist() == list("abcde")
    assert found.transform(frame).columns.tolist() == ["vaetransformer0", "vaetransformer1"]
    np.testing.assert_array_equal(found.transform(frame).to_numpy(), ordinary.transform(table()))


def test_a_seed_decides_the_fit_and_the_process_is_left_as_it_was(ordinary):
    random.seed(5)
    expected = random.random()
    random.seed(5)
    policy = keras.config.dtype_policy()
    again = VAETransformer(**QUICK).fit(np.asfortranarray(table()))  # the same numbers, as pandas has them
    assert random.random() == expected
    assert keras.config.dtype_policy() == policy
    np.testing.assert_array_equal(again.transform(table()), ordinary.transform(table()))
    other = VAETransformer(**{**QUICK, "random_state": 1}).fit(table())
    assert not np.allclose(other.transform(table()), ordinary.transform(table()))


def test_a_detector_with_tukeys_fence_is_pickled_with_its_model():
    detector = VAEOutlierDetector(num_samples=5, **QUICK).fit(table())
    # Without a contamination the threshold is Tukey's fence.
    low, high = np.percentile(detector.score_samples(table()), [25, 75])
    assert detector.offset_ == pytest.approx(low - 1.5 * (high - low), rel=1e-12)
    again = pickle.loads(pickle.dumps(detector))
    x = table(20, seed=2)
    np.testing.assert_array_equal(again.decision_function(x), detector.decision_function(x))
    np.testing.assert_array_equal(again.predict(x), detector.predict(x))


def test_a_search_over_a_pipeline_chooses_a_number_of_latents():
    x = table(40)
    labels = x[:, 0] > np.median(x[:, 0])
    pipeline = make_pipeline(VAETransformer(**QUICK), LogisticRegression())
    sizes, fold = {"vaetransformer__latent_size": [1, 3]}, ShuffleSplit(1, random_state=0)
    search = GridSearchCV(pipeline, sizes, cv=fold, error_score="raise").fit(x, labels)
    assert search.best_estimator_[:1].transform(x).shape == (40, search.best_params_["vaetransformer__latent_size"])
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_recipe_may_stand_for_the_model():
    density = VAEDensity(make_model=recipes.sigma_vae, num_samples=5, **QUICK).fit(table())
    assert density.vae_.preprocessing is None
    assert density.vae_.encoder.layers[1].units == 512
    assert density.score_samples(table()).dtype == np.float64


def test_the_threshold_is_a_quantile_of_the_training_scores():
    x = table(50)
    detector = VAEOutlierDetector(make_model=linear_model, num_samples=2, contamination=0.1, **STILL).fit(x)
    scores = detector.score_samples(x)
    assert detector.offset_ == pytest.approx(np.percentile(scores, 10), rel=1e-12)
    np.testing.assert_allclose(detector.decision_function(x), scores - detector.offset_)
    assert detector.predict(x).tolist() == [-1 if score < detector.offset_ else 1 for score in scores]
    assert (detector.predict(x) == -1).sum() == 5
    far = x[:1] + 20 * x.std(axis=0)
    assert detector.predict(far).tolist() == [-1]
    # On the fence a row is no outlier.
    detector.offset_ = scores[0]
    assert detector.predict(x[:1]).tolist() == [1]


def test_an_estimator_that_was_not_fitted_says_so():
    for use in (VAETransformer().transform, VAETransformer().inverse_transform, VAEDensity().score_samples):
        with pytest.raises(NotFittedError):
            use(table())
    with pytest.raises(NotFittedError):
        VAEDensity().sample()
    with pytest.raises(NotFittedError):
        VAEOutlierDetector().predict(table())


def test_epochs_are_those_of_the_steps():
    assert [epochs_for(count, 50) for count in (1, 50, 51, 10**6)] == [1000, 1000, 500, 10]
