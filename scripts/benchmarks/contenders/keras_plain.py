"""A VAE as Keras's users write it: one subclass with a `train_step`, an ordinary tf.data pipeline, `fit`."""

import keras
import numpy as np
import tensorflow as tf

from benchmarks import fashion_mnist
from benchmarks.contenders import keras_clock, tensorflow_settings
from benchmarks.report import Report


class PlainVAE(keras.Model):
    """784-512-16-512-784; the loss is the mean over the batch of -log p(x|z) + KL."""

    def __init__(self, latent):
        super().__init__()
        layers = keras.layers
        self.encoder = keras.Sequential(
            [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(512, "relu"), layers.Dense(2 * latent)]
        )
        self.decoder = keras.Sequential([keras.Input((latent,)), layers.Dense(512, "relu"), layers.Dense(784)])
        self.seeds = keras.random.SeedGenerator(0)
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        """The mean loss of an epoch."""
        return [self.tracker]

    def losses_of(self, x):
        """Returns -ELBO of each image, [B]."""
        loc, raw = keras.ops.split(self.encoder(x), 2, axis=-1)
        loc, raw = keras.ops.cast(loc, "float32"), keras.ops.cast(raw, "float32")
        scale = 1e-3 + keras.ops.softplus(raw + 0.54132485)
        z = loc + scale * keras.random.normal(keras.ops.shape(loc), seed=self.seeds)
        logits = keras.ops.cast(self.decoder(z), "float32")
        pixels = keras.ops.reshape(x, (-1, 784))
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=pixels, logits=logits)
        kl = 0.5 * keras.ops.sum(loc**2 + scale**2 - 1 - 2 * keras.ops.log(scale), -1)
        return keras.ops.sum(cross_entropy, -1) + kl

    def train_step(self, data):
        """Takes one step."""
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(self.losses_of(data))
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    tensorflow_settings.apply(report)
    x = fashion_mnist.binary(work["source"], "train", work["examples"])
    dataset = tf.data.Dataset.from_tensor_slices(x).shuffle(len(x)).batch(work["batch_size"]).prefetch(tf.data.AUTOTUNE)
    vae = PlainVAE(work["latent"])
    vae.compile("adam")
    vae.fit(dataset, epochs=work["epochs"], verbose=0, callbacks=[keras_clock.clock(report, work)])
    if work.get("stop_early"):
        return report.finish(samples=[report.first_step])
    test = fashion_mnist.binary(work["source"], "test", work.get("test_examples"))
    report.result(np.concatenate([-vae.losses_of(test[at : at + 500]) for at in range(0, len(test), 500)]))
    return report.finish(**tensorflow_settings.device_memory())


if __name__ == "__main__":
    main()
