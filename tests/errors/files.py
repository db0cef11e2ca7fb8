"""What is read and written."""

import os

import numpy as np

import tfvae
from tests.errors.broken import a_classifier, changed, flipped, load, no_permission, no_space, saved, under, write
from tests.errors.models import bad_rows, batches, model
from tests.errors.row import row
from tests.models import digits
from tfvae import callbacks, export, pictures, serving

VERSION = f'"tfvae_version": "{tfvae.__version__}"'.encode()
ROWS = {
    "no file": row(load, r"no file m\.keras", r"vae\.save\(path\)", error=FileNotFoundError),
    "a number": row(lambda: tfvae.load_model(3), "`path`", "path=3"),
    "an empty file": row(load, r"m\.keras is no model", "Save it again", given=lambda: write("m.keras", b"")),
    "a file cut short": row(
        load, r"m\.keras is no model", "cut short", given=lambda: write("m.keras", saved()[: len(saved()) // 2])
    ),
    "a byte that has changed": row(load, r"m\.keras is no model", "damaged", "copy it again", given=flipped),
    "text": row(load, r"m\.keras is no model", "another format", given=lambda: write("m.keras", b"text" * 99)),
    "another archive": row(load, r"without config\.json", given=lambda: changed(without="config.json")),
    "no JSON": row(load, "damaged", given=lambda: changed(config={b"{": b"["})),
    "another model of Keras": row(load, "another Keras model, a Sequential", r"keras\.saving", given=a_classifier),
    "a newer version": row(
        load,
        r"of tfvae 99\.1\.0, and this is tfvae " + tfvae.__version__,
        r"Install tfvae 99\.1\.0",
        given=lambda: changed(config={VERSION: b'"tfvae_version": "99.1.0"'}),
    ),
    "an older version that doesn't load": row(
        load,
        "written by tfvae 0.0.1 and Keras",
        "Could not locate class 'KL'",
        given=lambda: changed(config={VERSION: b'"tfvae_version": "0.0.1"', b"tfvae>KL": b"tfvae>no_such_part"}),
    ),
    "weights alone": row(
        lambda: tfvae.load_model("m.weights.h5"),
        "weights alone",
        r"vae\.load_weights",
        given=lambda: model().save_weights("m.weights.h5"),
    ),
    "an export": row(
        lambda: tfvae.load_model("served"),
        "for serving",
        r"Expected a \.keras file",
        given=lambda: (os.makedirs("served/1"), write("served/1/saved_model.pb", b"")),
    ),
    "a file that may not be read": row(
        under(no_permission, lambda: tfvae.load_model("locked/m.keras")),
        "Permission denied",
        r"locked/m\.keras",
        error=PermissionError,
        given=lambda: (os.mkdir("locked"), write("locked/m.keras", b""), os.chmod("locked/m.keras", 0)),
    ),
    "no folder to save to": row(
        lambda: model().save("runs/m.keras"), "no folder runs", r"m\.keras", "Make it", error=FileNotFoundError
    ),
    "a folder in the way": row(
        lambda: model().save("m.keras"), "which is a folder", error=IsADirectoryError, given=lambda: os.mkdir("m.keras")
    ),
    "another format": row(lambda: model().save("m.onnx"), r"`\.keras`", r"m\.onnx"),
    "no permission to save": row(
        under(no_permission, lambda: model().save("locked/m.keras")),
        "Permission denied",
        r"locked/m\.keras",
        error=PermissionError,
        given=lambda: os.mkdir("locked"),
    ),
    "no space for a new file": row(
        under(no_space, lambda: model().save("m.keras")), "not written", r"'m\.keras'", error=OSError
    ),
    "no space for a file in another's place": row(
        under(no_space, lambda: model().save("m.keras")),
        "not written",
        r"'m\.keras'",
        error=OSError,
        given=lambda: write("m.keras", b"precious"),
    ),
    "no space for a picture": row(
        under(
            no_space, lambda: pictures.save("p.png", np.random.default_rng(0).integers(0, 256, (99, 99, 3), "uint8"))
        ),
        r"p\.png",
        error=OSError,
    ),
    "no space for a backup": row(
        under(
            no_space,
            lambda: model().fit(batches(), verbose=0, callbacks=[callbacks.BackupAndRestore("b")]),
        ),
        r"last\.npz",
        error=OSError,
    ),
    "an export in a file": row(
        lambda: model().export("served"), "`base`", "a file", given=lambda: write("served", b"mine")
    ),
    "an export of no count": row(lambda: model().export("served", max_count=0), "`max_count`", "max_count=0"),
    "an export of no draws": row(
        lambda: export.saved_model(model(), "served", max_num_samples=0.5), "`max_num_samples`", r"max_num_samples=0\.5"
    ),
    "an export to a folder without permission": row(
        under(no_permission, lambda: model().export("locked")),
        "Permission denied; no version was written",
        "locked",
        error=PermissionError,
        given=lambda: os.mkdir("locked"),
    ),
    "no space for an export": row(
        under(no_space, lambda: model().export("served")), "no version was written", "served", error=OSError
    ),
    "an unknown export": row(lambda: model().export("m", format="onnx"), "`format`", "litert", "'onnx'"),
    "an explorer of an array": row(lambda: export.explorer(model(), "e", digits()), "`dataset`", "batches", "ndarray"),
    "an explorer of one example": row(
        lambda: export.explorer(model(), "e", batches().unbatch().batch(1).take(1)), "`dataset`", "two examples"
    ),
    "a decoder of another suffix": row(lambda: export.litert(model(), "d.lite"), "`path`", r"\*\.tflite"),
    "a decoder of no latent": row(
        lambda: export.litert(model(), "d.tflite", batch_size=0), "`batch_size`", "batch_size=0"
    ),
    "a client of no address": row(lambda: serving.Client("localhost:8500", "digits"), "`url`", "grpc://HOST:PORT"),
    "a client of another protocol": row(lambda: serving.Client("ftp://localhost", "digits"), "`url`", "ftp://"),
    "a client of a path by gRPC": row(lambda: serving.Client("grpc://a:1/digits", "digits"), "`url`", "without a path"),
    "a client of no model": row(lambda: serving.Client("http://localhost", ""), "`model`", "model=''"),
    "a client of version 0": row(
        lambda: serving.Client("http://localhost", "digits", version=0), "`version`", "1 or more", "version=0"
    ),
    "a client of a version and a label": row(
        lambda: serving.Client("http://localhost", "digits", version=1, label="stable"), "`label`", "'stable'"
    ),
    "a client without time": row(
        lambda: serving.Client("http://localhost", "digits", deadline=0), "`deadline`", "above 0", "deadline=0"
    ),
    "a client that never tries": row(
        lambda: serving.Client("http://localhost", "digits", retry=serving.Retry(attempts=0)), r"`retry\.attempts`"
    ),
    "a client that sends no rows": row(
        lambda: serving.Client("http://localhost", "digits", batch_size=0), "`batch_size`", "1 or more"
    ),
    "certificates for no TLS": row(
        lambda: serving.Client("http://localhost", "digits", ca_file="ca.pem"), "`ca_file`", "no TLS"
    ),
    "certificates that are not there": row(
        lambda: serving.Client("grpcs://localhost", "digits", ca_file="ca.pem"), "`ca_file`", "'ca.pem'"
    ),
    "another part": row(lambda: export.litert(model(), "d.tflite", "prior"), "`part`", "encoder", "part='prior'"),
    "another quantization": row(
        lambda: export.litert(model(), "d.tflite", quantization="int4"), "`quantization`", "'int8'", "'int4'"
    ),
    "int8 of nothing": row(
        lambda: export.litert(model(), "e.tflite", "encoder", "int8"), "encoder needs examples", "`data`"
    ),
    "int8 of no numbers": row(
        lambda: export.litert(model(), "d.tflite", quantization="int8", data=bad_rows(2)), "`data`", "NaN", "rows 2"
    ),
    "a LiteRT file without permission": row(
        under(no_permission, lambda: export.litert(model(), "locked/d.tflite", timed=False)),
        "Permission denied",
        r"locked/d\.tflite",
        error=PermissionError,
        given=lambda: os.mkdir("locked"),
    ),
    "no space for a LiteRT file": row(
        under(no_space, lambda: export.litert(model(), "d.tflite", timed=False)),
        "temporary folder",
        "TMPDIR",
        error=OSError,
    ),
    "a picture in no folder": row(
        lambda: pictures.save("out/p.png", np.zeros((8, 8, 1), "uint8")), "no folder out", error=FileNotFoundError
    ),
    "a picture of floats": row(lambda: pictures.save("p.png", np.zeros((8, 8, 1))), "`picture`", "float64"),
}
