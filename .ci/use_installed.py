"""Uses the installed package as a user does: train, save, load, export. Fails with a traceback."""

import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import tfvae
from tfvae import data, evaluation, export, families, networks, priors, terms

installed = pathlib.Path(tfvae.__file__).resolve()
if not installed.is_relative_to(pathlib.Path(sys.prefix).resolve()):
    sys.exit(f"Expected tfvae from {sys.prefix}. Received: {installed}")

vae = tfvae.VAE(
    encoder=networks.mlp_encoder((8, 8, 1), units=(64,)),
    posterior=families.Normal((4,)),
    prior=priors.StandardNormal((4,)),
    decoder=networks.mlp_decoder((4,), units=(64,)),
    likelihood=families.Bernoulli((8, 8, 1)),
    objective=[terms.NegativeLogLikelihood(), terms.KL()],
    preprocessing=data.DynamicBinarize(),
)
vae.compile("adam")
training, _ = data.load("digits", "train")
test, _ = data.load("digits", "test")
vae.fit(training, epochs=1, verbose=2)
vae.save("digits.keras")
loaded = keras.saving.load_model("digits.keras")
np.testing.assert_array_equal(loaded.sample(5, seed=1), vae.sample(5, seed=1))
print(f"log p(x) = {evaluation.log_likelihood(loaded, test, num_samples=20).mean:.2f} nats")
print(export.saved_model(loaded, "served"), export.litert(loaded, "decoder.tflite"))

command = pathlib.Path(sys.executable).with_name("tfvae")
subprocess.run([command, "train", "--dataset", "digits", "--epochs", "1", "--output", "run", "--quiet"], check=True)
subprocess.run([command, "sample", "run"], check=True)
subprocess.run([command, "export", "run", "--format", "litert", "--output", "exported"], check=True)

# The page of `tfvae explore` is in the wheel; its packages are not, and the answer names them.
explored = subprocess.run(
    [command, "explore", "exported", "--packages", "none"], capture_output=True, text=True, check=False
)
if explored.returncode != 2 or "@litertjs/core" not in explored.stderr:
    sys.exit(f"Expected a line that names the page's packages. Received: {explored.stderr}")
if not (installed.parent.parent / "tfvae_cli" / "explorer" / "index.html").is_file():
    sys.exit("Expected the page of `tfvae explore` in the wheel.")
