"""Data of another kind, labels and weights that don't fit, data without end, and metrics that no epoch has."""

import functools

import keras
import numpy as np
import scipy.sparse
import tensorflow as tf

from tests.errors.models import batches, conditional, model
from tests.errors.row import row
from tests.models import SHAPE, digits, make
from tfvae import callbacks, data, evaluation, export, latent, networks


@functools.cache
def with_vectors():
    """A model that is told two numbers."""
    vae = make(
        encoder=networks.Conditional(networks.mlp_encoder((8, 8, 3), (8,)), (2,)),
        decoder=networks.Conditional(networks.mlp_decoder((5,), (8,)), (2,)),
    )
    vae.compile("sgd")
    vae.trained = True
    return vae


def labels(count=36):
    return np.arange(count) % 10


def later(first=9, wrong=10):
    """Batches of twelve; from the second on with labels that there are not."""
    given = np.where(np.arange(36) < 12, first, wrong)
    return tf.data.Dataset.from_tensor_slices((digits(), given)).batch(12)


def one_hot():
    return np.eye(10)[labels()]


def endless():
    return data.from_array(digits(), batch_size=12, endless=True)


def mapped(change):
    return batches().map(change)


class Batches(keras.utils.PyDataset):
    """Batches of any kind, without end where nobody says how many."""

    def __init__(self, batch, count=None):
        super().__init__()
        self.batch, self.count = batch, count

    @property
    def num_batches(self):
        return self.count

    def __getitem__(self, index):
        return self.batch


def watching(*callbacks, **fit):
    return model().fit(batches(), verbose=0, callbacks=list(callbacks), **fit)


def told(**fit):
    return conditional().fit(digits(), labels(), verbose=0, **fit)


def untaught(**fit):
    return model().fit(batches(), verbose=0, **fit)


KINDS = {
    "a dictionary": row(
        lambda: model().fit(mapped(lambda x: {"image": x, "label": 0})),
        "`x`",
        "dict of 'image', 'label'",
        r"map\(lambda e: \(e\['image'\], e\['label'\]\)\)",
    ),
    "a dictionary without image": row(lambda: model().evaluate(mapped(lambda x: {"pixels": x})), r"e\['pixels'\]"),
    "a dictionary of arrays": row(lambda: model().fit({"image": digits()}), "`x`", "dict", r"e\['image'\]"),
    "a dataset of a dictionary": row(lambda: model().fit(data.from_array({"image": digits()})), "dict of 'image'"),
    "a dictionary beside": row(lambda: model().fit(mapped(lambda x: (x, {"label": 0}))), "dict of 'label'"),
    "predictions of a dictionary": row(lambda: model().predict(mapped(lambda x: {"image": x})), "dict of 'image'"),
    "likelihood of a dictionary": row(
        lambda: evaluation.log_likelihood(model(), mapped(lambda x: {"image": x})), "`dataset`", "dict of 'image'"
    ),
    "activity of a dictionary": row(
        lambda: evaluation.activity(model(), mapped(lambda x: {"image": x})), "`dataset`", "dict of 'image'"
    ),
    "a dictionary to encode": row(lambda: model().encode({"image": digits()}), "`x`", "dict of 'image'"),
    "a sparse matrix": row(lambda: model().fit(scipy.sparse.csr_matrix(np.eye(64))), "csr_matrix", r"toarray\(\)"),
    "a sparse matrix to encode": row(lambda: model().encode(scipy.sparse.coo_matrix(np.eye(64))), r"x\.toarray\(\)"),
    "a sparse tensor": row(lambda: model().evaluate(tf.sparse.eye(64)), "sparse tensor", r"tf\.sparse\.to_dense"),
    "sparse batches": row(
        lambda: model().fit(tf.data.Dataset.from_tensor_slices(tf.sparse.eye(64)).batch(8)), "`x`", "to_dense"
    ),
    "a ragged tensor": row(lambda: model().fit(tf.ragged.constant([[1.0], [2.0, 3.0]])), "ragged", r"to_tensor\(\)"),
    "ragged batches": row(
        lambda: model().fit(
            tf.data.Dataset.range(4).ragged_batch(2).map(lambda x: tf.RaggedTensor.from_tensor(x[None]))
        ),
        "ragged",
        r"to_tensor\(\)",
    ),
    "a list": row(lambda: model().fit([digits(), digits()]), "`x`", "list of 2", r"np\.asarray\(x\)"),
    "labels in a list": row(lambda: conditional().fit(digits(), labels().tolist()), "`y`", r"np\.asarray\(y\)"),
    "weights in a list": row(lambda: model().fit(digits(), sample_weight=[1.0] * 36), "`sample_weight`", "asarray"),
    "a pair as x": row(lambda: model().fit((digits(), labels())), "`x`", "tuple", r"fit\(x, y\)"),
    "text": row(lambda: model().fit(np.array(["a.png"])), "`x`", "array of numbers", "decode_png"),
    "file names": row(lambda: model().fit(tf.data.Dataset.from_tensor_slices(["a"]).batch(1)), "`x`", "decode_png"),
    "four in a batch": row(lambda: model().fit(mapped(lambda x: (x, x, x, x))), "`x`", r"map\(lambda x, y, \*_"),
    "a generator of dictionaries": row(lambda: model().fit({"image": digits()} for _ in range(2)), "dict of 'image'"),
    "a generator of nothing": row(lambda: model().fit(iter_of()), "is empty", "at least one batch"),
    "a PyDataset of another shape": row(
        lambda: model().fit(Batches(digits()[..., 0], 3)), r"\(batch, 8, 8, 1\)", r"\(36, 8, 8\)"
    ),
    "a PyDataset of pairs": row(lambda: model().fit(Batches((digits(), labels()), 3)), "no condition"),
    "channels first": row(lambda: model().fit(np.zeros((4, 1, 8, 8), "uint8")), r"np\.moveaxis\(x, 1, -1\)"),
    "channels first to encode": row(lambda: model().encode(np.zeros((4, 1, 8, 8), "uint8")), r"moveaxis\(x, 1, -1\)"),
    "flattened rows": row(lambda: model().fit(np.zeros((4, 64), "uint8")), r"x\.reshape\(-1, 8, 8, 1\)"),
    "images of another size": row(lambda: model().fit(np.zeros((4, 9, 8, 1), "uint8")), "resize or crop"),
    "images as their own target": row(lambda: model().fit(digits(), digits()), "no target", r"fit\(x\)"),
    "batches with a target": row(lambda: model().fit(mapped(lambda x: (x, x))), "no target", r"lambda x, \*_: x"),
}

LABELS = {
    "one-hot labels": row(lambda: conditional().fit(digits(), one_hot()), "`condition`", r"np\.argmax\(labels, axis=1"),
    "one-hot labels in batches": row(
        lambda: conditional().fit(data.from_array(digits(), one_hot(), batch_size=12)), r"np\.argmax", r"0\.\.9"
    ),
    "one-hot labels to evaluate": row(
        lambda: conditional().evaluate(data.from_array(digits(), one_hot(), batch_size=12), verbose=0), r"np\.argmax"
    ),
    "one-hot labels to predict": row(lambda: conditional().predict((digits(), one_hot()), verbose=0), r"np\.argmax"),
    "one-hot labels to sample": row(lambda: conditional().sample(36, one_hot()), "`condition`", r"np\.argmax"),
    "one-hot labels to encode": row(lambda: conditional().encode(digits(), one_hot()), r"np\.argmax"),
    "one-hot labels to decode": row(lambda: conditional().decode(np.zeros((36, 2)), one_hot()), r"np\.argmax"),
    "one-hot labels to measure": row(
        lambda: evaluation.activity(conditional(), data.from_array(digits(), one_hot(), batch_size=12)), r"np\.argmax"
    ),
    "labels of two columns": row(lambda: conditional().fit(digits(), np.zeros((36, 2))), r"\(batch,\)", r"\(36, 2\)"),
    "labels in between": row(
        lambda: conditional().fit(digits(), labels() / 2), "`condition`", r"0\.\.9, ints", r"0\.5"
    ),
    "labels in words": row(lambda: conditional().sample(1, condition=["three"]), "`condition`", "return_inverse=True"),
    "fewer labels": row(lambda: conditional().fit(digits(), labels(12)), "same number of examples", "'y': 12"),
    "fewer labels to encode": row(lambda: conditional().encode(digits(), labels(12)), "each of 36 examples", "12"),
    "fewer labels to decode": row(lambda: conditional().decode(np.zeros((36, 2)), labels(12)), "each of 36 examples"),
    "fewer labels in a batch": row(
        lambda: conditional().fit(Batches((digits(), labels(12)), 3)), "`condition`", "each of 36 examples"
    ),
    "labels without a class to evaluate": row(
        lambda: conditional().evaluate(digits(), labels() + 5), "`condition`", r"0\.\.9", "10, 11, 12, 13, 14"
    ),
    "labels without a class to predict": row(
        lambda: conditional().predict((digits(), labels() + 5)), "`condition`", "rows 5, 6, 7, 8, 9, "
    ),
    "labels without a class to encode": row(lambda: conditional().encode(digits(), labels() - 1), "-1 in 4 of 36"),
    "labels without a class to reconstruct": row(
        lambda: conditional().reconstruct(digits(), labels() + 1), "`condition`", "10 in 3 of 36"
    ),
    "labels without a class to decode": row(
        lambda: conditional().decode(np.zeros((2, 2)), np.array([3, 12])), "`condition`", "12 in 1 of 2", "rows 1"
    ),
    "labels without a class to traverse": row(
        lambda: latent.traversal(conditional(), np.zeros(2), condition=10), "`condition`", r"0\.\.9"
    ),
    "labels without a class to measure": row(
        lambda: evaluation.log_likelihood(conditional(), later(), 2, verbose=0), "`condition`", "10 in 12 of 12"
    ),
    "labels without a class to export": row(
        lambda: export.litert(conditional(), "out.tflite", data=(digits(), labels() + 5)), "`condition`", r"0\.\.9"
    ),
    "later labels without a class": row(
        lambda: conditional().fit(later(), verbose=0), "`condition`", r"0\.\.9", "batch 1 of epoch 1", "Repair"
    ),
    "later labels in between": row(
        lambda: conditional().fit(later(9.0, 1.5), verbose=0), "`condition`", r"0\.\.9", "batch 1 of epoch 1"
    ),
    "later labels without a class to evaluate": row(
        lambda: conditional().evaluate(later(), verbose=0), "`condition`", r"0\.\.9", "batch 1 of the data to evaluate"
    ),
    "later labels without a class to predict": row(
        lambda: conditional().predict(later(), verbose=0), "`condition`", r"0\.\.9", "batch of the data"
    ),
    "a later validation without a class": row(
        lambda: told(validation_data=later()), "`condition`", "batch 1 of the data to evaluate"
    ),
    "one batch without a class": row(lambda: conditional().train_on_batch(digits(), labels() + 5), "`condition`"),
    "conditions of another size": row(
        lambda: with_vectors().fit(digits(), np.zeros((36, 3))), "`condition`", r"\(batch, 2\)", r"\(36, 3\)"
    ),
    "a weight for each pixel": row(
        lambda: model().fit(digits(), sample_weight=np.ones((36, *SHAPE))), "`sample_weight`", r"\(batch,\)", "mask"
    ),
    "two weights for each": row(
        lambda: model().evaluate(digits(), sample_weight=np.ones((36, 2))), "`sample_weight`", r"\(36, 2\)"
    ),
    "a mask in batches": row(
        lambda: model().fit(mapped(lambda x: (x, (), tf.ones_like(x)))), "`sample_weight`", "one weight for each"
    ),
}

VALIDATION = {
    "its target": row(lambda: untaught(validation_data=(digits(), digits())), "no target", r"fit\(x\)"),
    "labels for nobody": row(lambda: untaught(validation_data=(digits(), labels())), "takes no condition"),
    "batches with labels": row(lambda: untaught(validation_data=data.from_array(digits(), labels())), "no condition"),
    "no labels": row(lambda: told(validation_data=digits()), "is conditional"),
    "labels without a class": row(lambda: told(validation_data=(digits(), labels() + 5)), "`condition`", r"0\.\.9"),
    "one-hot labels": row(lambda: told(validation_data=(digits(), one_hot())), "`condition`", r"np\.argmax"),
    "NaN": row(
        lambda: untaught(validation_data=mapped(lambda x: tf.cast(x, tf.float32) * np.nan)), "`validation_data`", "NaN"
    ),
    "a dictionary": row(lambda: untaught(validation_data=mapped(lambda x: {"image": x})), "`validation_data`", "dict"),
    "weights of pixels": row(
        lambda: untaught(validation_data=(digits(), None, np.ones((36, 8)))), "`sample_weight`", r"\(36, 8\)"
    ),
    "bytes as floats": row(lambda: untaught(validation_data=mapped(lambda x: tf.cast(x, tf.float32))), "uint8"),
    "no end": row(
        lambda: untaught(validation_data=endless()), "`validation_data`", "`validation_steps`", "with an end"
    ),
    "steps in words": row(lambda: untaught(validation_data=batches(), validation_steps="3"), "`validation_steps`"),
}

ENDLESS = {
    "fit": row(lambda: model().fit(endless()), "`x`", "with an end", "`steps_per_epoch`", r"x\.take\(n\)"),
    "fit, filtered": row(lambda: model().fit(endless().filter(lambda x: True)), "`x`", "`steps_per_epoch`"),
    "fit, in other batches": row(lambda: model().fit(endless().unbatch().batch(5)), "`x`", "`steps_per_epoch`"),
    "fit, repeated": row(lambda: model().fit(batches().repeat()), "`x`", "`steps_per_epoch`"),
    "fit, a PyDataset": row(lambda: model().fit(Batches(digits())), "`x`", "`steps_per_epoch`"),
    "no steps": row(lambda: model().fit(endless(), steps_per_epoch=0), "`x`|`steps_per_epoch`"),
    "evaluate": row(lambda: model().evaluate(endless()), "`x`", "with an end", "`steps`"),
    "predict": row(lambda: model().predict(endless()), "`x`", "with an end", "`steps`"),
    "log_likelihood": row(lambda: evaluation.log_likelihood(model(), endless(), 2), "`dataset`", r"dataset\.take\(n\)"),
    "activity": row(lambda: evaluation.activity(model(), endless()), "`dataset`", "with an end"),
    "collapse": row(lambda: callbacks.CollapseWarning(endless()), "`validation_data`", "with an end"),
    "attribute vector": row(
        lambda: latent.attribute_vector(model(), endless(), digits()), "`with_attribute`", "with an end"
    ),
    "nearest": row(lambda: latent.nearest(digits(), endless()), "`data`", "with an end"),
    "linear probe": row(lambda: latent.linear_probe(model(), endless(), endless()), "`train`", "with an end"),
}

MONITORS = {
    "no validation": row(
        lambda: watching(callbacks.EarlyStopping()), "`monitor` of EarlyStopping", "'val_elbo'", "give validation_data"
    ),
    "a checkpoint": row(
        lambda: watching(callbacks.ModelCheckpoint("a.keras")), "`monitor` of ModelCheckpoint", "no validation"
    ),
    "Keras's own": row(lambda: watching(keras.callbacks.EarlyStopping()), "`monitor`", "'val_loss'", "validation_data"),
    "Keras's checkpoint": row(
        lambda: watching(keras.callbacks.ModelCheckpoint("a.keras", save_best_only=True)), "`monitor`", "'val_loss'"
    ),
    "the learning rate's": row(lambda: watching(keras.callbacks.ReduceLROnPlateau()), "`monitor`", "'val_loss'"),
    "of another model": row(
        lambda: watching(keras.callbacks.EarlyStopping("val_accuracy", mode="max"), validation_data=batches()),
        "'val_accuracy'",
        "val_elbo, val_kl, val_loss",
        "Name one of them",
    ),
    "in a file's name": row(
        lambda: watching(keras.callbacks.ModelCheckpoint("{epoch}-{val_elbo:.1f}.keras")), "`filepath`", "'val_elbo'"
    ),
    "a callback's data": row(
        lambda: watching(callbacks.CollapseWarning(data.from_array(digits(), labels()))), "takes no condition"
    ),
    "a callback's shape": row(
        lambda: watching(callbacks.CollapseWarning(data.from_array(digits()[..., 0]))), r"\(batch, 8, 8, 1\)"
    ),
}


def iter_of():
    yield from ()


TABLES = {"kinds": KINDS, "labels": LABELS, "validation": VALIDATION, "endless": ENDLESS, "monitors": MONITORS}
ROWS = {f"{table}, {name}": tried for table, rows in TABLES.items() for name, tried in rows.items()}
