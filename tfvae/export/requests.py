"""Validates requests to a served model within the graph, as a server runs no Python."""

import tensorflow as tf

from tfvae import random
from tfvae.export import given
from tfvae.inputs import conditions


def checked(vae, served, max_count, max_num_samples):
    """Returns {name: Signature}, each of which refuses invalid inputs.

    The checks are assertions that the function's inputs depend on, so they run
    before any memory is allocated, no matter who runs the graph.

    Args:
        vae: The model.
        served: {name: Signature}.
        max_count: The most examples that `generate` makes at once.
        max_num_samples: The most draws that `score` takes.
    """
    return {
        name: _checked(signature, _rules(vae, signature, max_count, max_num_samples))
        for name, signature in served.items()
    }


def _checked(signature, rules):
    names = [spec.name for spec in signature.inputs]

    def function(*args, **kwargs):
        values = {**dict(zip(names, args, strict=False)), **kwargs}
        for name, rule in rules:  # in sequence: the checks of values assume that the shapes are right
            ok, expected, received = rule(values)
            text = f"Invalid value for input `{name}`. Expected {expected}. Received:"
            with tf.control_dependencies([tf.debugging.Assert(ok, [text, received], summarize=8)]):
                values = {key: tf.identity(value) for key, value in values.items()}
        return signature.function(**values)

    return signature._replace(function=function)


def _rules(vae, signature, max_count, max_num_samples):
    """Returns [(name, {name: tensor} -> (ok, expected, received))], in the order in which they are checked."""
    specs = {spec.name: spec for spec in signature.inputs}
    rules = [(name, _shaped(spec)) for name, spec in specs.items()]
    kind = given.of(vae)
    gaps, of_x = kind.gaps(), [spec.name for spec in kind.specs(None) if spec.name in specs]
    rules += [(name, _as_many(name, of_x[0])) for name in of_x[1:]]
    rules += [
        (name, _finite(name, missing=name in gaps))
        for name in ("latent", *of_x, "condition")
        if name in specs and specs[name].dtype.is_floating
    ]
    rules += [(name, _whole(name)) for name in of_x if not gaps.get(name, True)]
    if "count" in specs:
        rules.append(("count", _between("count", max_count)))
    if "num_samples" in specs:
        rules.append(("num_samples", _between("num_samples", max_num_samples)))
    if "temperature" in specs:
        rules.append(("temperature", (_not_negative if vae.prior.has_centre else _one)("temperature")))
    if "latent" in specs and vae.posterior.curved:
        rules.append(("latent", _on_manifold(vae.posterior)))
    if "condition" in specs:
        rules.append(("condition", _one_each(next(name for name in ("latent", *of_x, "count") if name in specs))))
        classes = conditions.num_classes(vae)
        if classes:
            rules.append(("condition", _labels(classes, conditions.least_label(vae))))
    if "num_samples" in specs:
        rules.append((", ".join(of_x), _in_support(vae, kind)))
    return rules


def _shaped(spec):
    sides = spec.shape.as_list()
    expected = f"shape [{', '.join('batch' if side is None else str(side) for side in sides)}]"

    def rule(values):
        # Ends the shape with a marker: comparing the ranks wouldn't do, as the graph takes the rank for granted.
        shape = tf.shape(values[spec.name])
        marked = tf.concat([shape, tf.fill([len(sides) + 1], -2)], 0)[: len(sides) + 1]
        wanted = tf.constant([*(-1 if side is None else side for side in sides), -2])
        return tf.reduce_all((marked == wanted) | (wanted == -1)), expected, shape

    return rule


def _finite(name, missing):
    expected = "finite numbers, or NaN where they are missing" if missing else "finite numbers"

    def rule(values):
        good = ~tf.math.is_inf(values[name]) if missing else tf.math.is_finite(values[name])
        return tf.reduce_all(good), expected, tf.boolean_mask(values[name], ~good)

    return rule


def _between(name, most):
    def rule(values):
        return (values[name] >= 1) & (values[name] <= most), f"an int from 1 to {most}", values[name]

    return rule


def _not_negative(name):
    def rule(values):
        value = values[name]
        return (value >= 0) & tf.math.is_finite(value), "a finite number >= 0", value

    return rule


def _one(name):
    def rule(values):
        return values[name] == 1, "1, as p(z) is uniform on a manifold and has no centre", values[name]

    return rule


def _on_manifold(posterior):
    def rule(values):
        inside = posterior.in_support(values["latent"])
        return (
            tf.reduce_all(inside),
            f"points on the manifold of {posterior!r}; examples that are not",
            tf.where(~inside)[:, 0],
        )

    return rule


def _as_many(name, other):
    def rule(values):
        found, rows = tf.shape(values[name])[0], tf.shape(values[other])[0]
        return found == rows, f"as many examples as `{other}` has", tf.stack([found, rows])

    return rule


def _whole(name):
    def rule(values):
        gaps = tf.math.is_nan(values[name])
        axes = list(range(1, gaps.shape.rank))
        good = tf.reduce_all(gaps, axis=axes) | ~tf.reduce_any(gaps, axis=axes)
        return (
            tf.reduce_all(good),
            "NaN in all entries of an example or in none; examples that are not",
            tf.where(~good),
        )

    return rule


def _one_each(other):
    def rule(values):
        rows = values[other] if other == "count" else tf.shape(values[other])[0]
        found = tf.shape(values["condition"])[0]
        return found == rows, f"one for each of `{other}`", tf.stack([found, rows])

    return rule


def _labels(classes, least):
    expected = f"labels in 0..{classes - 1}{', or -1 for one that is unknown' if least < 0 else ''}"

    def rule(values):
        labels = values["condition"]
        inside = (labels >= least) & (labels < classes)
        return tf.reduce_all(inside), expected, tf.boolean_mask(labels, ~inside)

    return rule


def _in_support(vae, kind):
    expected = f"values in the support of the {type(vae.likelihood).__name__} likelihood; examples that are not"

    def rule(values):
        inside = vae.likelihood.in_support(vae.preprocess(kind.read(values), random.fold(values["seed"], 0)))
        return tf.reduce_all(inside), expected, tf.where(~inside)[:, 0]

    return rule
