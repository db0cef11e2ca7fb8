"""What a model is asked."""

import numpy as np

from tests.errors.models import bad_rows, batches, conditional, grey, model
from tests.errors.row import row
from tests.models import digits
from tfvae import evaluation, latent, pictures

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
    "a probe of one class": row(
        lambda: latent.linear_probe(model(), *[(digits(), np.zeros(36, int))] * 2), "`train`", "two classes"
    ),
    "a picture of nothing": row(lambda: pictures.grid(digits()[:0]), "`images`", r"\(0, 8, 8, 1\)"),
    "a picture of a matrix": row(lambda: pictures.grid(np.zeros((3, 4))), "`images`", "channels", r"\(3, 4\)"),
    "a picture of NaN": row(lambda: pictures.grid(bad_rows(2)), "`images`", "rows 2"),
    "a picture without columns": row(lambda: pictures.grid(digits(), columns=0), "`columns`", "columns=0"),
    "curves of nothing": row(lambda: pictures.curves("c.png", {"accuracy": [1.0]}), "`names`", "accuracy"),
}
