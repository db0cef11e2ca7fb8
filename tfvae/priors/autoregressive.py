"""A prior over codes that draws each given those before it."""

import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, networks, random
from tfvae.component import register
from tfvae.hierarchy.shaped import Shaped
from tfvae.priors.prior import Prior

# Each code has a row of weights where it is read, and one where it is predicted.
_MOST_CODES = 2**18
# Below it a temperature is as good as 0.
_LEAST_TEMPERATURE = 1e-20


@register
class Autoregressive(Prior):
    """p(z) of a quantised model is that of the numbers of its codes, each given those before it.

    log p(k) = sum_t log softmax(W y_t)_{k_t},  y = causal transformer(start, k_1, ..., k_{T-1})

    The places of a map or list of codes stand in raster order, and the books of one place
    (`families.ResidualQuantized`) one after the other. It is fitted when the model is trained,

    prior = priors.Autoregressive(vae.posterior.event_shape, vae.posterior.book_sizes)
    fitted = latent.fit_prior(vae, images, prior, epochs=50)

    and `terms.CrossEntropy` fits it with the rest. It starts near the uniform law, -log p(k) = sum_t log num_codes.

    It draws numbers of codes, which the model looks up in its posterior's book: `vae.sample` and `vae.sample_prior`
    give z, `prior.sample` and `distribution` numbers, so `vae.prior.distribution().log_prob(vae.encode(x).indices)` is
    log p(k) in nats. There is no density of z, and what needs one refuses this prior.

    A temperature divides the logits of each code: at 1 a draw is one of p(k), at 0 each code is the most probable one
    given those before it.

    Reference: van den Oord, Vinyals and Kavukcuoglu (2017), Neural discrete representation learning, arXiv 1711.00937,
    whose prior is fitted likewise and masks convolutions; with attention: Esser, Rombach and Ommer (2021), Taming
    transformers for high-resolution image synthesis, arXiv 2012.09841.

    Args:
        event_shape: Shape of one z, the posterior's: positions and, as its last axis, a code.
        book_sizes: How many codes each book has, the posterior's `book_sizes`; an int for one book.
        units: Numbers at each place of the transformer, a multiple of `heads`.
        layers: Its layers.
        heads: Its heads.

    Raises:
        ValueError: Sizes are not positive ints, a book has fewer than 2 codes or more than 2^18, or `units` is no
            multiple of `heads`; when the model is made, a posterior that has no such books.

    >>> prior = Autoregressive((7, 7, 16), (64,))
    >>> prior.sample(3, seed=[0, 1]).shape
    TensorShape([3, 7, 7])
    """

    of_codes = True
    only_bounded = True  # z has probabilities, and no density

    def __init__(self, event_shape, book_sizes, units=64, layers=2, heads=4, **kwargs):
        super().__init__(event_shape, **kwargs)
        expected = f"how many codes each book has, ints from 2 to {_MOST_CODES:,}, such as (512,)"
        given = [book_sizes] if isinstance(book_sizes, int) else book_sizes
        if not isinstance(given, list | tuple) or not given:
            raise arguments.invalid("book_sizes", expected, book_sizes)
        self.book_sizes = tuple(
            arguments.integer("book_sizes", size, expected, minimum=2, maximum=_MOST_CODES) for size in given
        )
        self._places, self._books = math.prod(self.event_shape[:-1]), len(self.book_sizes)
        self.network = networks.CausalTransformer(
            self._places * self._books, units, layers, heads, dtype=self.float_dtype, name="network"
        )
        self.units, self.layers, self.heads = self.network.units, self.network.layers, self.network.heads
        self._starts = [sum(self.book_sizes[:number]) for number in range(self._books)]
        self._embedding = self._weight("embedding", (sum(self.book_sizes), self.units), 0.02)
        self._start = self._weight("start", (self.units,), 0.02)
        self._place = self._weight("place", (self.network.length, self.units), 0.02)
        small = 0.02 / math.sqrt(self.units)
        self._kernels = [
            self._weight(f"kernel_{number}", (self.units, size), small) for number, size in enumerate(self.book_sizes)
        ]
        self._biases = [self._weight(f"bias_{number}", (size,), 0.0) for number, size in enumerate(self.book_sizes)]

    def _weight(self, name, shape, stddev):
        start = keras.initializers.RandomNormal(stddev=stddev)
        return self.add_weight(shape=shape, initializer=start, name=name, autocast=False, dtype=self.float_dtype)

    @property
    def indices_shape(self):
        """Shape of the numbers of one z: its positions, and the books where there are several."""
        return self.event_shape[:-1] + ((self._books,) if self._books > 1 else ())

    def measure(self, posterior):
        """Returns the posterior's: the two are laws of the same codes."""
        return posterior.measure

    def check(self, encoder, posterior, likelihood):
        """Refuses a posterior that has no such books."""
        super().check(encoder, posterior, likelihood)
        if not posterior.book_sizes:
            raise ValueError(
                f"An Autoregressive prior is one of the numbers of codes, and a {type(posterior).__name__} posterior "
                "has no codes. Use a quantised posterior, such as families.VectorQuantized, or another prior: the "
                "autoregressive one of real z is priors.Learned of flows.Inverted(flows.InverseAutoregressive(...))."
            )
        if posterior.book_sizes != self.book_sizes:
            raise arguments.invalid("book_sizes", f"the posterior's, {posterior.book_sizes}", self.book_sizes)

    def bound(self, latent, seed, training):
        """Returns log p(k) of the posterior's codes, [K, B]."""
        del seed, training
        indices = tf.reshape(latent.posterior.indices, [-1, *self.indices_shape])
        log_prob = tf.cast(self.distribution().log_prob(indices), latent.z.dtype)
        return tf.broadcast_to(log_prob, tf.shape(latent.z)[:2])

    def distribution(self, condition=None, encode=None):
        """Returns p(k), over `indices_shape` in int32, whatever the condition."""
        del condition, encode
        return _OfIndices(self)

    def _read(self, number, indices):
        """Returns [..., units] of the numbers of codes in a book."""
        return tf.gather(tf.convert_to_tensor(self._embedding), indices + self._starts[number])

    def _logits(self, number, hidden):
        """Returns the logits of a book's codes, [..., num_codes]."""
        kernel, bias = (tf.convert_to_tensor(each[number]) for each in (self._kernels, self._biases))
        return tf.matmul(hidden, kernel) + bias

    def log_prob(self, indices):
        """Returns log p(k) in nats, [N], for k [N, *indices_shape]; `distribution` takes any leading axes."""
        numbers = tf.unstack(tf.reshape(indices, [-1, self._places, self._books]), axis=-1)
        read = tf.stack([self._read(*each) for each in enumerate(numbers)], axis=2)
        read = tf.reshape(read, [-1, self.network.length, self.units])
        start = tf.broadcast_to(tf.convert_to_tensor(self._start), tf.shape(read[:, :1]))
        hidden = self.network(tf.concat([start, read[:, :-1]], axis=1) + tf.convert_to_tensor(self._place))
        hidden = tf.unstack(tf.reshape(hidden, [-1, self._places, self._books, self.units]), axis=2)
        lost = [
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=self._logits(number, each))
            for number, (labels, each) in enumerate(zip(numbers, hidden, strict=True))
        ]
        return -tf.reduce_sum(tf.add_n(lost), axis=-1)

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws the numbers of codes, [count, *indices_shape]; the logits of each are divided by the temperature."""
        del condition, encode
        dtype = self.float_dtype
        noise = random.uniform([count, self._places, self._books], seed, dtype)
        temperature = tf.maximum(tf.cast(temperature, dtype), _LEAST_TEMPERATURE)
        table, places = tf.convert_to_tensor(self._place), tf.range(self._places)

        def at_place(place, read, drawn, *memory):
            here, uniform, found = tf.equal(places, place)[:, None], tf.gather(noise, place, axis=1), []
            for number in range(self._books):
                step = place * self._books + number
                hidden, memory = self.network.step(read + tf.gather(table, step), step, memory)
                found.append(random.index_at(self._logits(number, hidden) / temperature, uniform[:, number]))
                read = self._read(number, found[-1])
            return place + 1, read, tf.where(here, tf.stack(found, axis=-1)[:, None], drawn), *memory

        begin = tf.broadcast_to(tf.convert_to_tensor(self._start), [count, self.units])
        nothing = tf.zeros([count, self._places, self._books], tf.int32)
        _, _, drawn, *_ = tf.while_loop(
            lambda place, *_: place < self._places,
            at_place,
            (tf.constant(0), begin, nothing, *self.network.memory(count)),
            parallel_iterations=1,
            maximum_iterations=self._places,
        )
        return tf.reshape(drawn, [count, *self.indices_shape])


class _OfIndices(Shaped):
    """p(k), the law of an `Autoregressive`."""

    def __init__(self, prior):
        super().__init__(prior.indices_shape, tf.int32, prior=prior)
        self._prior = prior

    def _sample_n(self, n, seed=None):
        return self._prior.sample(n, tfp.random.sanitize_seed(seed))

    def _log_prob(self, value):
        leading = tf.shape(value)[: value.shape.rank - len(self._prior.indices_shape)]
        flat = tf.reshape(value, [-1, *self._prior.indices_shape])
        return tf.reshape(self._prior.log_prob(flat), leading)
