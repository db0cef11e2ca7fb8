"""What `compile` and `fit` are given."""

import numpy as np
import tensorflow as tf

from tests.errors.models import (
    bad_rows,
    batches,
    conditional,
    gaps,
    half_gaps,
    infinite_rows,
    model,
    paired,
    stream,
)
from tests.errors.row import row
from tests.models import digits, make
from tfvae import callbacks, data

ROWS = {
    "losses of Keras": row(lambda: model().compile("adam", loss="mse", metrics=["mae"]), "loss, metrics", "objective"),
    "a longest step of 0": row(lambda: make().compile(skip_above=0), "`skip_above`", "> 0, or None", "skip_above=0"),
    "unknown optimizer": row(lambda: make().compile("adma"), "optimizer", "adma"),
    "not compiled": row(lambda: make().fit(digits(), verbose=0), r"call `compile\(\)`"),
    "no data": row(lambda: model().fit(), "`x`", r"data\.load", "x=None"),
    "data by name": row(lambda: model().fit("digits"), "`x`", r"data\.load", "x='digits'"),
    "no epoch": row(lambda: model().fit(batches(), epochs=0), "`epochs`", "positive int", "epochs=0"),
    "epochs that are text": row(lambda: model().fit(batches(), epochs="3"), "`epochs`", "epochs='3'"),
    "unknown argument of fit": row(
        lambda: model().fit(batches(), epoch=3), "fit .*`epoch`", "Did you mean `epochs`", error=TypeError
    ),
    "a callback by name": row(
        lambda: model().fit(batches(), callbacks=["early stopping"]), "`callbacks`", "'early stopping'"
    ),
    "validation data by name": row(
        lambda: model().fit(batches(), validation_data="test"), "`validation_data`", "'test'"
    ),
    "labels": row(
        lambda: model().fit(data.from_array(digits(), np.zeros(36), batch_size=12)), "no condition", "labels=False"
    ),
    "labels in arrays": row(lambda: model().fit(digits(), np.zeros(36)), "takes no condition", r"dataset\.map"),
    "no labels": row(lambda: conditional().fit(batches()), "is conditional", "labels=True"),
    "labels that there are not": row(
        lambda: conditional().fit(data.from_array(digits(), np.full(36, 10), batch_size=12)), "`condition`", r"0\.\.9"
    ),
    "labels in an array that there are not": row(
        lambda: conditional().fit(digits(), np.full(36, -1)), "`condition`", r"0\.\.9", "-1"
    ),
    "images without channels": row(
        lambda: model().fit(digits()[..., 0]), r"\(batch, 8, 8, 1\)", r"\(36, 8, 8\)", r"x\[\.\.\., None\]"
    ),
    "no batches": row(
        lambda: model().fit(tf.data.Dataset.from_tensor_slices(digits())), r"\(batch, 8, 8, 1\)", "Batch the dataset"
    ),
    "an empty dataset": row(lambda: model().fit(batches().take(0)), "is empty", "at least one batch"),
    "an empty array": row(lambda: model().fit(digits()[:0]), "`x`", "is empty"),
    "an empty validation": row(lambda: model().fit(batches(), validation_data=batches().take(0)), "is empty"),
    "a validation of another shape": row(
        lambda: model().fit(batches(), validation_data=(digits()[..., 0],)), r"\(batch, 8, 8, 1\)", r"\(36, 8, 8\)"
    ),
    "batches of batches": row(lambda: model().fit(batches(), batch_size=12), "`batch_size`", "Leave it out"),
    "a batch of none": row(lambda: model().fit(digits(), batch_size=0), "`batch_size`", "positive int"),
    "NaN": row(lambda: model().fit(bad_rows(20)), "`x`", "NaN or infinity in 1 of 36", "rows 20"),
    "NaN in the first batch": row(lambda: model().fit(stream(bad_rows(4))), "first batch", "examples 4", "Repair"),
    "pairs of one example": row(
        lambda: paired().fit(digits(), batch_size=1), "MMD.* at least 2", "batches of 1", "larger `batch_size`"
    ),
    "pairs of one example for one network": row(
        lambda: paired(for_one_network=True).fit(digits(), batch_size=1), "PerNetwork.* at least 2", "batches of 1"
    ),
    "pairs of one example in a dataset": row(
        lambda: paired().fit(data.from_array(digits(), batch_size=1)), "MMD.* at least 2", r"data\.from_array"
    ),
    "NaN that was let through, in a dataset": row(
        lambda: model().fit(data.from_array(bad_rows(20), batch_size=12, missing=True)),
        "`x`",
        "NaN or infinity in 1 of 36",
        "rows 20",
        r"families\.Observed",
        r"networks\.WithMask",
    ),
    "infinity in a model of missing entries": row(
        lambda: gaps().fit(infinite_rows(20), verbose=0),
        "`x`",
        "finite numbers, or NaN",
        "infinity in 1 of 36",
        "rows 20",
    ),
    "NaN in a model that takes it in one of two pieces": row(
        lambda: half_gaps().fit(np.full([4, 5], np.nan)), "`x`", "NaN or infinity in 4 of 4", r"families\.Observed"
    ),
    "infinity in a dataset of missing entries": row(
        lambda: data.from_array(infinite_rows(20), missing=True), "`x`", "infinity in 1 of 36", "rows 20"
    ),
    "infinity in the first batch of missing entries": row(
        lambda: gaps().fit(stream(infinite_rows(4))), "first batch .* holds infinity, in the examples 4", "is_inf"
    ),
    "a missing condition": row(
        lambda: data.from_array(bad_rows(), bad_rows(20), missing=True), "`condition`", "NaN or infinity in 1 of 36"
    ),
    "weights of another number": row(
        lambda: model().fit(digits(), sample_weight=np.ones(3)), "same number of examples", "'sample_weight': 3"
    ),
    "bytes as floats": row(
        lambda: model().fit(digits().astype("float32")), "Binarize takes uint8", "from 0 to 255", "maximum=255"
    ),
    "evaluation of nothing": row(lambda: model().evaluate(batches().take(0)), "`evaluate` is empty"),
    "evaluation of NaN": row(
        lambda: model().evaluate(bad_rows(0, 1, 2, 3, 4, 5)), "in 6 of 36", r"rows 0, 1, 2, 3, 4, \.\.\.", "Repair"
    ),
    "evaluation of a stream with NaN": row(
        lambda: model().evaluate(stream(bad_rows(30)), verbose=0), "Batch 2 of the data", "Repair or leave out"
    ),
    "evaluation of another shape": row(lambda: model().evaluate(digits()[..., 0]), r"\(batch, 8, 8, 1\)"),
    "prediction of another shape": row(lambda: model().predict(digits()[..., 0], verbose=0), r"\(batch, 8, 8, 1\)"),
    "unknown metric": row(
        lambda: model().fit(batches(), verbose=0, callbacks=[callbacks.EarlyStopping("val_ebo")]),
        "`monitor`",
        "elbo, kl, loss",
        "validation_data",
    ),
    "patience that is text": row(lambda: callbacks.EarlyStopping(patience="x"), "`patience`", "patience='x'"),
    "which way is better": row(lambda: callbacks.EarlyStopping(mode="up"), "`mode`", "'min', 'max' or 'auto'", "'up'"),
    "pictures of no epoch": row(lambda: callbacks.Samples("out", every=0), "`every`", "epochs", "every=0"),
    "no picture": row(lambda: callbacks.Samples("out", count=0), "`count`", "count=0"),
    "a plane of three dimensions": row(
        lambda: model().fit(batches(), verbose=0, callbacks=[callbacks.Manifold("out")]), "two dimensions", "Traversals"
    ),
    "a backup in a file": row(
        lambda: callbacks.BackupAndRestore("b.npz"),
        "`backup_dir`",
        "a folder",
        r"b\.npz",
        given=lambda: open("b.npz", "w").close(),
    ),
    "a backup every ten steps": row(lambda: callbacks.BackupAndRestore("b", save_freq=10), "`save_freq`", "'epoch'"),
    "a checkpoint that is no model": row(lambda: callbacks.ModelCheckpoint("best.h6"), r"\.keras", r"best\.h6"),
}
