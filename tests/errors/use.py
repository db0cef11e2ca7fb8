"""What a model is asked."""

import numpy as np
import tensorflow as tf

from tests.errors.models import bad_rows, batches, conditional, grey, implicit, model, two_stages
from tests.errors.row import row
from tests.models import digits
from tfvae import evaluation, families, latent, pictures, priors, terms


def sampled():
    """What a model learns by, for a prior whose KL has no closed form."""
    return [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


def weighted():
    return batches().map(lambda x: (x, tf.zeros([tf.shape(x)[0], 0]), tf.ones(tf.shape(x)[0])))


def fit_mixture(dataset, components=3, **given):
    return latent.fit_prior(model(), dataset, priors.GaussianMixture((3,), components), sampled(), **given)


ROWS = {
    "samples by name": row(lambda: model().sample("3"), "`n`", "positive int", "n='3'"),
    "no sample": row(lambda: model().sample(0), "`n`", "n=0"),
    "negative temperature": row(lambda: model().sample(2, temperature=-1), "`temperature`", ">= 0"),
    "temperature by name": row(lambda: model().sample(2, temperature="hot"), "`temperature`", "'hot'"),
    "seed that is text": row(lambda: model().sample(2, seed="x"), "`seed`", "an int"),
    "a condition for an unconditional model": row(
        lambda: model().sample(2, condition=[0, 1]), "takes no condition", r"networks\.Conditional"
    ),
    "no condition": row(lambda: conditional().sample(2), "is conditional", "`condition`"),
    "one condition for all": row(lambda: conditional().sample(2, condition=3), "each of 2 samples", r"np\.full"),
    "an unknown label": row(lambda: conditional().sample(2, condition=[3, 10]), "`condition`", r"0\.\.9", "10"),
    "one image": row(lambda: model().encode(digits()[0]), r"\(batch, 8, 8, 1\)", r"shape \(8, 8, 1\)"),
    "a file name as images": row(lambda: model().reconstruct("x.png"), "`x`", "array of numbers", r"x='x\.png'"),
    "no variation": row(lambda: model().variations(digits()[:1], 0), "`n`", "n=0"),
    "negative variation": row(lambda: model().variations(digits()[:1], 2, scale=-1.0), "`scale`", ">= 0"),
    "latents of another size": row(
        lambda: model().decode(np.zeros((2, 5))), "`z`", r"\(\.\.\., batch, 3\)", r"\(2, 5\)"
    ),
    "no draw of z": row(lambda: model().infer(digits(), num_samples=0), "`num_samples`", "num_samples=0"),
    "likelihood of no draw": row(
        lambda: evaluation.log_likelihood(model(), batches(), num_samples=0), "`num_samples`", "positive int"
    ),
    "likelihood of an array": row(
        lambda: evaluation.log_likelihood(model(), digits()), "`dataset`", r"data\.from_array", "ndarray"
    ),
    "likelihood of nothing": row(lambda: evaluation.log_likelihood(model(), batches().take(0)), "is empty"),
    "likelihood of grey pixels": row(
        lambda: evaluation.log_likelihood(grey(), batches(), verbose=0), "12 of 12", "support", "DynamicBinarize"
    ),
    "likelihood of a prior without density": row(
        lambda: evaluation.log_likelihood(implicit(), batches(), verbose=0),
        "whose prior is Implicit has no density",
        r"a prior such as priors\.GaussianMixture",
    ),
    "likelihood by a path": row(
        lambda: evaluation.log_likelihood("model.keras", batches()), "`vae`", r"tfvae\.load_model", r"'model\.keras'"
    ),
    "activity of one example": row(
        lambda: evaluation.activity(model(), batches().unbatch().batch(1).take(1)), "`dataset`", "two examples"
    ),
    "activity above text": row(
        lambda: evaluation.activity(model(), batches(), threshold="x"), "`threshold`", "threshold='x'"
    ),
    "a path of one step": row(lambda: latent.linear([0.0], [1.0], 1), "`steps`", ">= 2", "steps=1"),
    "a path between unequal ends": row(lambda: latent.spherical([0.0], [1.0, 0.0], 3), "`a` and `b`", r"\(2,\)"),
    "a traversal of a batch": row(lambda: latent.traversal(model(), np.zeros((2, 3))), "`z`", r"\(3,\)", r"z\[0\]"),
    "a dimension too many": row(
        lambda: latent.traversal(model(), np.zeros(3), dimensions=[3]), "`dimensions`", r"0\.\.2", r"\[3\]"
    ),
    "an attribute of nobody": row(
        lambda: latent.attribute_vector(model(), digits()[:0], digits()), "`with_attribute`", "none"
    ),
    "neighbours of another size": row(lambda: latent.nearest(digits(), np.zeros((2, 9))), "`data`", "64 values"),
    "a prior that is a family": row(
        lambda: model().with_prior(families.Normal((3,))), "`prior`", r"priors\.Prior", r"Normal\(\(3,\)\)"
    ),
    "a prior of another z": row(
        lambda: model().with_prior(priors.StandardNormal((4,))), r"prior\.event_shape=\(4,\)", "`event_shape`"
    ),
    "a prior without a closed form": row(
        lambda: model().with_prior(priors.GaussianMixture((3,))), "No closed form", r"give `objective`, such as"
    ),
    "a prior of two stages beside a KL": row(
        lambda: model().with_prior(two_stages()),
        r"KL needs the density of p\(z\)",
        r"give `objective`, such as objective=\[terms\.NegativeLogLikelihood\(\)\]\.",
    ),
    "two stages over another z": row(
        lambda: latent.fit_prior(conditional(), digits(), two_stages()), r"prior\.event_shape=\(3,\)", r"\(2,\)"
    ),
    "a term that is a number": row(
        lambda: model().with_prior(priors.StandardNormal((3,)), 1.0), "`objective`", r"terms\.Term", "1.0"
    ),
    "a prior to fit that is a class": row(
        lambda: latent.fit_prior(model(), digits(), priors.GaussianMixture), "`prior`", r"priors\.GaussianMixture\("
    ),
    "a prior to fit of another z": row(
        lambda: latent.fit_prior(model(), digits(), priors.GaussianMixture((4,))), r"prior\.event_shape=\(4,\)"
    ),
    "a prior with nothing to fit": row(
        lambda: latent.fit_prior(model(), digits(), priors.StandardNormal((3,))),
        "`prior`",
        "nothing to fit",
        "with_prior",
    ),
    "a prior fitted to nothing": row(lambda: fit_mixture(batches().take(0)), "`dataset`", "none"),
    "a prior fitted to no row": row(lambda: fit_mixture(digits()[:0]), "`dataset`", "at least one"),
    "a prior fitted to nothing by gradient": row(lambda: fit_mixture(batches().take(0), optimizer="adam"), "is empty"),
    "a prior fitted to None": row(lambda: fit_mixture(None), "`dataset`", "None"),
    "a prior fitted to a path": row(lambda: fit_mixture("digits.npy"), "`dataset`", "images"),
    "a prior fitted to images of another size": row(lambda: fit_mixture(digits()[:, :4]), r"\(batch, 8, 8, 1\)"),
    "a prior fitted to NaN": row(lambda: fit_mixture(bad_rows(2)), "`dataset`", "rows 2"),
    "a prior fitted to labels, too": row(lambda: fit_mixture((digits(), np.zeros(36, int))), "takes no condition"),
    "a prior fitted to a stream without end": row(lambda: fit_mixture(batches().repeat()), "`dataset`", "with an end"),
    "more components than examples": row(
        lambda: fit_mixture(digits(), components=37), "`components`", "at most 36", "components=37"
    ),
    "weighted examples for EM": row(
        lambda: fit_mixture(weighted()), "GaussianMixture", "sample weights", "`optimizer`", r"dataset\.map"
    ),
    "epochs of EM": row(lambda: fit_mixture(batches(), epochs=3, verbose=0), "`epochs`, `verbose`", "`optimizer`"),
    "an argument of fit that there isn't": row(
        lambda: fit_mixture(batches(), optimizer="adam", epoch=3), "`epoch`", "`epochs`", error=TypeError
    ),
    "a prior of a path": row(
        lambda: latent.fit_prior("model.keras", batches(), priors.GaussianMixture((3,))), "`vae`", r"tfvae\.load_model"
    ),
    "a probe of one class": row(
        lambda: latent.linear_probe(model(), *[(digits(), np.zeros(36, int))] * 2), "`train`", "two classes"
    ),
    "a picture of nothing": row(lambda: pictures.grid(digits()[:0]), "`images`", r"\(0, 8, 8, 1\)"),
    "a picture of a matrix": row(lambda: pictures.grid(np.zeros((3, 4))), "`images`", "channels", r"\(3, 4\)"),
    "a picture of NaN": row(lambda: pictures.grid(bad_rows(2)), "`images`", "rows 2"),
    "a picture without columns": row(lambda: pictures.grid(digits(), columns=0), "`columns`", "columns=0"),
    "curves of nothing": row(lambda: pictures.curves("c.png", {"accuracy": [1.0]}), "`names`", "accuracy"),
}
