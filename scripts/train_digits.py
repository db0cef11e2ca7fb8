"""Trains a VAE on scikit-learn's handwritten digits, looks at it, measures it and exports it.

Run by scripts/quickstart; by itself: .venv/bin/python scripts/train_digits.py --epochs 50 --output runs/short
"""

import argparse
import csv
import pathlib
import sys
import time

from tfvae_cli.quiet import tensorflow_loading


def parse(arguments=None):
    """Returns the parsed command line."""
    parser = argparse.ArgumentParser(
        description="Train a VAE on 1,437 handwritten 8x8 digits, draw samples, estimate log p(x) and export the "
        "model. A run that was interrupted resumes where it was.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--output", type=pathlib.Path, default="runs/digits", help="folder of the run")
    parser.add_argument("--epochs", type=positive, default=150, help="passes over the training images")
    parser.add_argument(
        "--saved-models", type=pathlib.Path, default="saved_models/digits", help="folder of the exported versions"
    )
    parser.add_argument("--seed", type=int, default=0, help="of weights, noise and the order of the data")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return parser.parse_args(arguments)


def positive(text):
    """Returns `text` as an int >= 1, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected an int >= 1, received {text}")
    return number


def build(seed, steps):
    """Returns the compiled model: binarised pixels, 16 latent dimensions, dense layers on either side.

    Args:
        seed: Of its noise.
        steps: Train steps to come, over which the learning rate falls.
    """
    import keras

    from tfvae import VAE, data, families, networks, priors, schedules, terms

    vae = VAE(
        encoder=networks.mlp_encoder((8, 8, 1), units=(128,)),
        posterior=families.Normal((16,)),
        prior=priors.StandardNormal((16,)),
        decoder=networks.mlp_decoder((16,), units=(128, 128)),
        likelihood=families.Bernoulli((8, 8, 1)),
        # Warmed up fast, the posterior gives up dimensions before the decoder has learned to use them: the bound is
        # the same, the samples are greyer.
        objective=[
            terms.NegativeLogLikelihood(),
            terms.KL(weight=schedules.Linear(0.0, 1.0, steps=max(1, steps // 8))),
        ],
        preprocessing=data.DynamicBinarize(),
        seed=seed,
    )
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)))
    return vae


def train(vae, training, validation, epochs, output, seed, quiet):
    """Fits the model, resuming an interrupted run. Returns {metric: [value of each epoch]}, the resumed ones too."""
    import keras

    from tfvae import callbacks

    class Progress(keras.callbacks.Callback):
        """One of Keras's progress bars for all epochs: theirs is one an epoch, with every metric on it."""

        def on_train_begin(self, logs=None):
            names = ("elbo", "kl", "val_elbo", "val_kl")
            self.bar = keras.utils.Progbar(epochs, stateful_metrics=names, unit_name="epoch")

        def on_epoch_end(self, epoch, logs=None):
            values = [(name, logs[name]) for name in ("elbo", "kl", "val_elbo", "val_kl")]
            self.bar.update(epoch + 1, values)

    backup, history = output / f"backup-seed{seed}", output / "history.csv"
    vae.fit(
        training,
        validation_data=validation,
        epochs=epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.CSVLogger(history, append=backup.exists()),
            callbacks.BackupAndRestore(backup),
            callbacks.StopOnSkippedSteps(),
            *([] if quiet else [Progress()]),
        ],
    )
    with history.open(newline="") as file:
        # A kill between the two callbacks leaves an epoch that is then trained, and written, again.
        rows = {int(row.pop("epoch")): row for row in csv.DictReader(file)}
    return {name: [float(row[name]) for row in rows.values()] for name in next(iter(rows.values()))}


def main(arguments=None):
    """Runs the whole program. Returns its exit status."""
    options = parse(arguments)
    say = (lambda *_: None) if options.quiet else (lambda *text: print(*text, flush=True))
    start = time.monotonic()
    with tensorflow_loading():  # it takes seconds, which --help shouldn't
        import keras
        import tensorflow as tf

        from tfvae import data, evaluation, export, pictures
        from tfvae.export import readme

    tf.get_logger().setLevel("ERROR")
    keras.utils.set_random_seed(options.seed)
    tf.config.experimental.enable_op_determinism()
    output = options.output
    output.mkdir(parents=True, exist_ok=True)

    training, info = data.load("digits", "train", batch_size=64, seed=options.seed)
    validation, _ = data.load("digits", "validation")
    test, _ = data.load("digits", "test")
    vae = build(options.seed, steps=options.epochs * len(training))
    say(f"Training on {info.num_examples} digits. elbo is in nats per image, higher is better.")
    history = train(vae, training, validation, options.epochs, output, options.seed, options.quiet)

    vae.save(output / "model.keras")
    pictures.save(output / "samples.png", pictures.grid(vae.sample(100, seed=options.seed), zoom=6))
    originals = next(iter(test))[:50]
    pairs = pictures.beside(originals, vae.reconstruct(originals, seed=options.seed))
    pictures.save(output / "reconstructions.png", pictures.grid(pairs, columns=10, zoom=6))
    pictures.curves(output / "loss.png", history)

    say("Estimating log p(x) of the test digits ...")
    result = evaluation.log_likelihood(
        vae, test, num_samples=1000, seed=options.seed, verbose=0 if options.quiet else 1
    )
    say("Exporting, and comparing the files with the model ...")
    version = export.saved_model(vae, options.saved_models)
    folder = options.saved_models / "litert"
    with tensorflow_loading():  # the converter and the interpreter speak of themselves
        variants = export.litert_variants(vae, folder, ["decoder"], data=training)
    decoder = folder / "decoder.tflite"
    labelled, _ = data.load("digits", "test", labels=True, shuffle=False)
    shown = export.explorer(vae, folder, labelled, name="digits")
    readme.write(options.saved_models)
    for variant in variants:
        if variant.path is None:
            say(f"No {variant.quantization} decoder: {variant.reason}")
    say(
        f"""
Done in {time.monotonic() - start:.0f} s. log p(x) of the test digits, binarised: {result.mean:.2f} +- \
{result.standard_error:.2f} nats.

{output}/samples.png           new digits: decoded draws from the prior
{output}/reconstructions.png   test digits, each with its reconstruction to the right
{output}/loss.png              loss, elbo and KL over the epochs; the numbers are in history.csv
{output}/model.keras           import tfvae; vae = tfvae.load_model("{output}/model.keras")
{version}        a SavedModel for TF Serving; {version.parent}/README.md has more:
    docker compose -f {version.parent}/compose.yaml up
    tensorflow_model_server --rest_api_port=8501 --model_name=digits --model_base_path={version.parent.resolve()}
    then ask for 2 digits: curl localhost:8501/v1/models/digits:predict -d \
'{{"signature_name": "generate", "inputs": {{"seed": [0, 1], "count": 2, "temperature": 1.0}}}}'
{decoder}   the decoder for phones; beside it in float16 and 8 bits:
    from ai_edge_litert.interpreter import Interpreter
    decode = Interpreter("{decoder}").get_signature_runner("serving_default")
    decode(latent=numpy.zeros([1, 16], "float32"))["mean"]   # [1, 8, 8, 1]
{shown}   for a look at the latent space, in a browser:
    tfvae explore {options.saved_models} --install"""
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
