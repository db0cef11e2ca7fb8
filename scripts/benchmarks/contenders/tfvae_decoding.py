"""z to the mean of p(x|z): by Keras, by a SavedModel as a server loads it, by LiteRT."""

import pathlib
import tempfile
import time

import numpy as np
import tensorflow as tf

from benchmarks.contenders import tensorflow_settings, tfvae_model
from benchmarks.report import Report


def keras_call(vae, batch, threads, folder):
    """Returns z -> mean, called as a user does in Python."""
    del batch, threads, folder
    return lambda z: vae.decode(z).mean().numpy()


def session(vae, batch, threads, folder):
    """Returns z -> mean in a session that loaded the SavedModel; it stays open for the process."""
    del batch, threads
    path = vae.export(folder)
    tf.get_logger().setLevel("ERROR")
    with tf.Graph().as_default():
        opened = tf.compat.v1.Session()
        signature = tf.compat.v1.saved_model.loader.load(opened, ["serve"], str(path)).signature_def["decode"]
    call = opened.make_callable(signature.outputs["mean"].name, [signature.inputs["latent"].name])
    return call


def litert(vae, batch, threads, folder):
    """Returns z -> mean in LiteRT's interpreter."""
    from ai_edge_litert.interpreter import Interpreter

    path = pathlib.Path(folder, "decoder.tflite")
    vae.export(path, format="litert", batch_size=batch)
    interpreter = Interpreter(str(path), num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_signature_runner("serving_default").get_output_details()["mean"]["index"]

    def call(z):
        interpreter.set_tensor(source, z)
        interpreter.invoke()
        return interpreter.get_tensor(target)

    return call


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    tensorflow_settings.apply(report)
    vae = tfvae_model.build(work)
    batch = work["batch"]
    z = np.random.default_rng(0).standard_normal((batch, work["latent"])).astype("float32")
    with tempfile.TemporaryDirectory() as folder:
        decode = {"keras": keras_call, "session": session, "litert": litert}[work["how"]](
            vae, batch, work["threads"], folder
        )
        np.testing.assert_allclose(decode(z), vae.decode(z).mean().numpy(), atol=1e-5)
        for _ in range(20):
            decode(z)
        samples = []
        for _ in range(work["calls"]):
            start = time.perf_counter()
            decode(z)
            samples.append(1e6 * (time.perf_counter() - start))
    report.finish(samples=samples)


if __name__ == "__main__":
    main()
