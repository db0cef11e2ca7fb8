"""What TensorFlow Serving does with a request, in Python: folders of versions, loaded by the session loader."""

import threading
import time
from typing import NamedTuple

import tensorflow as tf

CODES = {
    tf.errors.INVALID_ARGUMENT: "INVALID_ARGUMENT",
    tf.errors.FAILED_PRECONDITION: "FAILED_PRECONDITION",
    tf.errors.RESOURCE_EXHAUSTED: "RESOURCE_EXHAUSTED",
}


class Failure(Exception):
    """A status other than OK.

    Args:
        code: gRPC's name of it.
        message: For the user.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Loaded(NamedTuple):
    """One version of a model."""

    session: object
    signatures: object


class Backend:
    """Models by name, and the labels of their versions.

    Attributes:
        before: Called before each prediction; may wait, or raise a `Failure`.
        requests: [(signature, {input: shape})] of all predictions that were asked for.
    """

    def __init__(self, models, labels=None):
        self._models = {
            name: {int(path.name): _load(path) for path in base.iterdir() if path.name.isdigit()}
            for name, base in models.items()
        }
        self._labels = labels or {}
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        """Forgets what tests have set."""
        self.before, self.requests = lambda: None, []

    def versions(self, model):
        """Returns the numbers of a model's versions."""
        if model not in self._models:
            raise Failure("NOT_FOUND", f"Could not find any versions of model {model}")
        return sorted(self._models[model])

    def loaded(self, model, version=None, label=None):
        """Returns (number, `Loaded`) of the version that is asked for."""
        if label is not None:
            if label not in self._labels:
                raise Failure("FAILED_PRECONDITION", f"Unrecognized servable version label: {label}")
            version = self._labels[label]
        versions = self._models.get(model, {})
        number = max(versions, default=0) if version is None else version
        if number not in versions:
            asked = f"Latest({model})" if version is None else f"Specific({model}, {version})"
            raise Failure("NOT_FOUND", f"Servable not found for request: {asked}")
        return number, versions[number]

    def predict(self, loaded, name, values):
        """Runs a signature. Returns {output: array}."""
        with self._lock:
            self.requests.append((name, {key: value.shape for key, value in values.items()}))
        self.before()
        if name not in loaded.signatures:
            raise Failure("INVALID_ARGUMENT", f'Serving signature name: "{name}" not found in signature def')
        signature = loaded.signatures[name]
        if set(values) != set(signature.inputs):
            raise Failure("INVALID_ARGUMENT", f"input keys {sorted(values)}, expected {sorted(signature.inputs)}")
        feed = {signature.inputs[key].name: value for key, value in values.items()}
        try:
            return loaded.session.run({key: info.name for key, info in signature.outputs.items()}, feed)
        except tf.errors.OpError as error:
            raise Failure(CODES.get(error.error_code, "INTERNAL"), error.message) from error
        except ValueError as error:  # which the server's session says as an OpError
            raise Failure("INVALID_ARGUMENT", str(error)) from error


def failing(*failures):
    """Returns what `Backend.before` may be: fails as often as there are codes, and then no more."""
    left = list(failures)

    def before():
        if left:
            raise Failure(left.pop(0), "planted")

    return before


def waiting(seconds):
    """Returns what `Backend.before` may be: waits."""
    return lambda: time.sleep(seconds)


def _load(path):
    with tf.Graph().as_default():
        session = tf.compat.v1.Session()
        level = tf.get_logger().level
        tf.get_logger().setLevel("ERROR")  # it advises tf.saved_model.load, which is not what a server runs
        try:
            meta = tf.compat.v1.saved_model.loader.load(session, ["serve"], str(path))
        finally:
            tf.get_logger().setLevel(level)
    return Loaded(session, meta.signature_def)
