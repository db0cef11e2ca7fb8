"""`tfvae train`."""

import pathlib
import shlex
import shutil
import time

from tfvae_cli import build, conditions, config
from tfvae_cli.problem import Problem
from tfvae_cli.quiet import tensorflow_loading
from tfvae_cli.run_folder import RunFolder, writable

_SHOWN = 32  # images in a picture of reconstructions


def train(options):
    """Trains a model into a run folder. Returns the exit status."""
    say = (lambda *_: None) if options.quiet else (lambda *text: print(*text, flush=True))
    if options.resume:
        folder, plan, done = _resumed(options)
    else:
        plan, done = config.resolve(options), 0
        folder = RunFolder(options.output or _default_output(options, plan))
        folder.check_new(options.overwrite)
    writable(folder.path)
    epochs = plan.section("fit")["epochs"]
    if done >= epochs:
        say(f"{folder.path} is complete: {done} of {epochs} epochs. To train on: add --epochs {2 * epochs}.")
        return 0
    with tensorflow_loading():
        import keras
        import tensorflow as tf

        import tfvae  # noqa: F401 (registers the parts)

    keras.utils.set_random_seed(plan.values["seed"] % 2**32)
    tf.config.experimental.enable_op_determinism()
    training, info = build.load(plan, "train")
    # Written down, though nobody chose it: another version may choose another.
    plan.section("dataset").setdefault("batch_size", min(build.BATCH_SIZE, info.num_examples))
    vae = build.model(plan, info)
    if vae.conditional:
        training, info = build.load(plan, "train", labels=True)
    validation, _ = build.load(plan, "validation", labels=vae.conditional, shuffle=False)
    say(vae)
    say(f"{info.num_examples:,} images of {info.image_shape} from {info.name}. elbo: nats per image, higher is better.")
    own = build.callbacks(plan, vae)
    made_here = not folder.path.exists()
    folder.path.mkdir(parents=True, exist_ok=True)
    with folder.locked():
        if not options.resume:
            folder.begin(plan, options.overwrite)
        start = time.monotonic()
        try:
            _fit(vae, plan, folder, training, validation, own, done, options.quiet)
        except Exception:
            if _epochs_done(folder) == 0 and not options.resume:
                folder.discard()
                if made_here:
                    shutil.rmtree(folder.path)
            raise
        finally:
            folder.keep()
        _finish(vae, folder, say, time.monotonic() - start)
    return 0


def _default_output(options, plan):
    if options.config is not None and options.config.stem != "config":
        return pathlib.Path("runs", options.config.stem)
    name = pathlib.Path(plan.section("dataset")["name"]).stem
    return pathlib.Path("runs", f"{name}-{plan.section('model').get('recipe', 'vae')}")


def _resumed(options):
    """Returns (folder, config, epochs done) of a run that is to go on."""
    path = options.output or (options.config.parent if options.config is not None else None)
    if path is None:
        raise Problem("--resume needs the run that goes on: tfvae train --resume --output runs/NAME.")
    folder = RunFolder(path)
    folder.check_resumable()
    others = {flag for entry, flag in config.FLAGS.items() if entry != "fit.epochs"}
    given = [f"--{flag.replace('_', '-')}" for flag in sorted(others) if getattr(options, flag) is not None]
    given += ["--set"] * bool(options.set) + ["--overwrite"] * options.overwrite
    if options.config is not None and options.config.absolute() != folder.config.absolute():
        given.append(str(options.config))
    if given:
        raise Problem(
            f"--resume goes on with the run's own configuration; it takes --epochs, and no {', '.join(given)}. Leave "
            "that out, or start another run."
        )
    plan = config.read(folder.config)
    config.check(plan)
    if options.epochs is not None:
        plan.section("fit")["epochs"] = options.epochs
    return folder, plan, _epochs_done(folder)


def _epochs_done(folder):
    import zipfile

    import numpy as np

    if not folder.checkpoint.is_file():
        return 0
    try:
        with np.load(folder.checkpoint, allow_pickle=False) as saved:
            return int(saved["epoch"]) + 1
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise Problem(
            f"{folder.checkpoint} is damaged ({type(error).__name__}). Train again: tfvae train {folder.config} "
            "--output another."
        ) from error


def _fit(vae, plan, folder, training, validation, own, done, quiet):
    import keras

    from tfvae import callbacks
    from tfvae_cli.progress import Progress

    section = plan.section("fit")
    epochs = section["epochs"]
    folder.trim_history(done)
    if done == 0:
        folder.history.unlink(missing_ok=True)
    progress = Progress(epochs, len(training))
    vae_callbacks = [
        keras.callbacks.CSVLogger(folder.history, append=done > 0),
        callbacks.BackupAndRestore(folder.checkpoint, delete=False),
        callbacks.StopOnSkippedSteps(),
        callbacks.CollapseWarning(validation),
        callbacks.Scalars(folder.tensorboard),
        *_pictures(vae, folder, validation, max(1, epochs // 10)),
        *own,
        *([] if quiet else [progress]),
    ]
    arguments = {key: value for key, value in section.items() if key not in ("callbacks", "epochs")}
    try:
        vae.fit(training, validation_data=validation, epochs=epochs, verbose=0, callbacks=vae_callbacks, **arguments)
    except KeyboardInterrupt:
        progress.close()
        kept = _epochs_done(folder)
        command = shlex.join(["tfvae", "train", "--resume", "--output", str(folder.path)])
        message = f"stopped; {kept} of {epochs} epochs are kept. Go on with: {command}"
        raise KeyboardInterrupt(message) from None
    progress.close()


def _pictures(vae, folder, validation, every):
    from tfvae import callbacks

    x, condition, _ = vae.unpack(next(iter(validation)))
    x = x[:_SHOWN].numpy()
    condition = None if condition is None else condition[:_SHOWN].numpy()
    first = None if condition is None else condition[:1]
    every_one = {"every": every, "log_dir": folder.tensorboard}
    drawn = [
        callbacks.Samples(folder.pictures / "samples", condition=conditions.of(vae, 64), **every_one),
        callbacks.Reconstructions(x, folder.pictures / "reconstructions", condition=condition, **every_one),
        callbacks.Traversals(x[:1], folder.pictures / "traversals", condition=first, **every_one),
    ]
    if vae.posterior.event_shape == (2,) and not vae.conditional:
        drawn.append(callbacks.Manifold(folder.pictures / "manifold", **every_one))
    return drawn


def _finish(vae, folder, say, seconds):
    from tfvae import pictures, whole

    with whole.replacing(folder.model) as temporary:
        vae.save(temporary)
    history = folder.read_history()
    if history:
        pictures.curves(folder.curves, history, [name for name in ("loss", "elbo", "kl") if name in history])
    say(
        f"Done in {seconds:.0f} s. {folder.model} is the model; see {folder.pictures}/ and {folder.curves}.\n"
        f"Next: tfvae evaluate {folder.path}, tfvae sample {folder.path}, tfvae export {folder.path}"
    )
