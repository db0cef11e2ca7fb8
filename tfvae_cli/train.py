"""`tfvae train`."""

import functools
import pathlib
import shlex
import time

from tfvae_cli import build, conditions, config, defaults, drawn, features, interrupt, modalities, tables
from tfvae_cli.problem import Problem, one_line
from tfvae_cli.quiet import tensorflow_loading
from tfvae_cli.run_folder import RunFolder, writable

_SHOWN = 32  # images in a picture of reconstructions


def train(options):
    """Trains a model into a run folder. Returns the exit status."""
    run(options, (lambda *_: None) if options.quiet else (lambda *text: print(*text, flush=True)))
    return 0


def run(options, say):
    """Trains a model into a run folder, or the rest of one; `say` is told how it goes.

    Raises:
        Problem: The training can't begin, or came to no end.
        KeyboardInterrupt: It was stopped; the message says how it goes on.
    """
    if options.resume:
        folder, plan, done = _resumed(options)
    else:
        plan, done = config.resolve(options), 0
        folder = RunFolder(options.output or pathlib.Path("runs", default_name(options.config, plan)))
        folder.check_new(options.overwrite)
    writable(folder.path)
    if _complete(folder, done, plan.section("fit")["epochs"]):
        say(f"{folder.path} is complete: it has {done} epochs. To train on: add --epochs {2 * done}.")
        return
    with tensorflow_loading():
        import tfvae  # noqa: F401 (registers the parts)
    _train(options, folder, plan, done, say)


@interrupt.kept()
def _train(options, folder, plan, done, say):
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    _name_from_anywhere(plan.section("dataset"))
    training, info = build.load(plan, "train")
    chosen = defaults.fill(plan, training, info)
    network = features.of_recipe(plan, functools.partial(build.load, plan, "train"), info, options.quiet)
    keras.utils.set_random_seed(plan.values["seed"] % 2**32)  # the configuration alone decides the weights
    vae = build.model(plan, info, network)
    unscaled = defaults.as_it_is(plan, vae, training)
    if unscaled:
        keras.utils.set_random_seed(plan.values["seed"] % 2**32)
        vae = build.model(plan, info, network)
    if chosen:
        say(defaults.sentence(plan, vae, info))
    elif unscaled:
        say(f"{info.name} holds other floats than intensities in [0, 1]: they are modelled as they are.")
    _unknown_labels(plan, vae)
    labels = modalities.has(vae) or vae.labelled
    if labels:
        training, info = build.load(plan, "train", labels=True)
    training = modalities.dataset(vae, build.augmented(plan, training))
    validation = modalities.dataset(vae, build.load(plan, "validation", labels=labels, shuffle=False)[0])
    say(vae)
    what = "image" if drawn.is_picture(info.image_shape) else "example"
    say(
        f"{info.num_examples:,} {what}s of {info.image_shape} from {info.name}. "
        f"elbo: nats per {what}, higher is better."
    )
    own = build.callbacks(plan, vae)
    if network is not None:
        plan.section("model")["network"] = str(folder.features.absolute())
    interrupt.raise_kept()  # here, where nothing is written yet
    with folder.made(), folder.locked():
        if options.resume:
            folder.write(plan)
        else:
            folder.begin(plan, options.overwrite)
        if network is not None:
            features.save(network, folder.features)
        start = time.monotonic()
        try:
            _fit(vae, plan, folder, training, validation, own, done, options.quiet)
            _finish(vae, folder)
        except (Exception, KeyboardInterrupt) as error:
            _end_early(folder, plan, options.resume, error)
        folder.keep()
    seen = f"{folder.pictures}/ and {folder.curves}" if drawn.is_picture(info.image_shape) else folder.curves
    # A map's places are independent given the layer above: of pictures that is confetti.
    maps = any(len(shape) > 1 for shape in vae.posterior.latent_shapes or ())
    fit_prior = f"tfvae fit-prior {folder.path} for good samples, " * maps
    say(
        f"Done in {time.monotonic() - start:.0f} s. {folder.model} is the model; see {seen}.\n"
        f"Next: tfvae evaluate {folder.path}, {fit_prior}tfvae sample {folder.path}, tfvae export {folder.path}"
    )


def _unknown_labels(plan, vae):
    """Refuses to hide labels from a model that would have no use for the rest, or for none of them."""
    if "num_labels" in plan.section("dataset") and not (vae.condition_optional or modalities.has(vae)):
        raise Problem(
            f"{plan.where('dataset', 'num_labels')}: this model has no label that may be unknown. Leave --labels out, "
            "or train one that learns of both kinds: --recipe semi_supervised_vae."
        )


def _end_early(folder, plan, resume, error):
    """Leaves a run that can be resumed, or else restores the previous state; raises the error for the user."""
    interrupted = isinstance(error, KeyboardInterrupt)
    kept = _epochs_done(folder)
    if kept == 0 and not resume and (folder.replaces() or not interrupted):
        was = "The run that was there is as it was." if folder.replaces() else ""
        folder.discard()
        if interrupted:
            raise KeyboardInterrupt(f"stopped in the first epoch. {was}") from None
        raise error
    folder.keep()
    command = shlex.join(["tfvae", "train", "--resume", "--output", str(folder.path)])
    go_on = f"{kept} of {plan.section('fit')['epochs']} epochs are kept. Go on with: {command}"
    if interrupted:
        raise KeyboardInterrupt(f"stopped; {go_on}") from None
    raise Problem(f"{one_line(error).rstrip('.')}. {go_on}") from error


def _complete(folder, done, epochs):
    """Returns whether the model's file has all epochs: a kill may have come after the last checkpoint."""
    if done < epochs or not folder.model.is_file():
        return False
    return folder.model.stat().st_mtime_ns >= folder.checkpoint.stat().st_mtime_ns


def _name_from_anywhere(section):
    """Makes a path absolute, so that the run's configuration works from anywhere."""
    from tfvae import data
    from tfvae.data import tfds_source

    name = section["name"]
    path = pathlib.Path(name).expanduser()
    if path.exists() and name not in data.names() and not (name.isidentifier() and tfds_source.known(name)):
        section["name"] = str(path.absolute())


def default_name(path, plan):
    """Returns the name of a folder: that of the configuration's file, or DATASET-RECIPE."""
    if path is not None and path.stem != "config":
        return path.stem
    name = pathlib.Path(plan.section("dataset")["name"]).stem
    chosen = tables.RECIPE if tables.named(plan.section("dataset")) else defaults.RECIPE
    recipe = plan.section("model").get("recipe", "vae") if plan.chooses_model() else chosen
    return f"{name}-{recipe}"


def _resumed(options):
    """Returns (folder, config, epochs done) of a run to resume."""
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
        with folder.checkpoint.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return int(saved["epoch"]) + 1
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise Problem(
            f"{folder.checkpoint} is damaged ({type(error).__name__}). Train again: tfvae train "
            f"{shlex.quote(str(folder.config))} --output another."
        ) from error


def _fit(vae, plan, folder, training, validation, own, done, quiet):
    import keras

    from tfvae import callbacks
    from tfvae_cli.progress import Progress

    section = plan.section("fit")
    epochs = section["epochs"]
    folder.trim_history(done)
    progress = Progress(epochs, len(training))
    history = keras.callbacks.CSVLogger(folder.history, append=done > 0)
    vae_callbacks = [
        history,
        callbacks.BackupAndRestore(folder.checkpoint.parent, delete_checkpoint=False),
        callbacks.StopOnSkippedSteps(),
        callbacks.CollapseWarning(validation),
        callbacks.Scalars(folder.tensorboard),
        *_pictures(vae, folder, validation, max(1, epochs // 10)),
        *own,
        *([] if quiet else [progress]),
        interrupt.callback(),  # last: an epoch that has ended is kept
    ]
    arguments = {key: value for key, value in section.items() if key not in ("callbacks", "epochs")}
    try:
        vae.fit(training, validation_data=validation, epochs=epochs, verbose=0, callbacks=vae_callbacks, **arguments)
    finally:
        progress.close()
        if history.csv_file is not None:
            history.csv_file.close()  # Keras does this only if training reaches its end


def _pictures(vae, folder, validation, every):
    from tfvae import callbacks

    if not drawn.is_picture(vae.likelihood.event_shape):
        return []
    x, condition, _ = vae.unpack(next(iter(validation)))
    x = x[:_SHOWN].numpy()
    condition = None if condition is None else condition[:_SHOWN].numpy()
    first = None if condition is None else condition[:1]
    every_one = {"every": every, "log_dir": folder.tensorboard}
    pictures = [
        callbacks.Samples(folder.pictures / "samples", condition=conditions.of(vae, 64), **every_one),
        callbacks.Reconstructions(x, folder.pictures / "reconstructions", condition=condition, **every_one),
    ]
    if vae.posterior.curved:  # both of the next move along straight lines
        return pictures
    pictures.append(callbacks.Traversals(x[:1], folder.pictures / "traversals", condition=first, **every_one))
    if vae.posterior.event_shape == (2,) and not vae.conditional:
        pictures.append(callbacks.Manifold(folder.pictures / "manifold", **every_one))
    return pictures


def _finish(vae, folder):
    from tfvae import pictures

    history = folder.read_history()
    if history:
        pictures.curves(folder.curves, history, [name for name in ("loss", "elbo", "kl") if name in history])
    vae.save(folder.model)  # last and atomically: a run that has this file is complete
