"""Shortest paths through the latent space, by a metric of the decoder or of the data's codes."""

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, riemannian
from tfvae.data import epoch
from tfvae.inputs import conditions, models
from tfvae.latent import inspection

# A path has settled where no derivative of its energy, in units of the straight one's, is above this.
_TOLERANCE = 1e-6


def geodesic(vae, a, b, steps, *, metric: Any = None, condition: Any = None, iterations=500):
    """Returns latents on the shortest path from `a` to `b`, at equal distances from each other.

    E = (steps - 1) sum_t |dx_t|^2,  dx_t = x'(z_t+1) - x'(z_t),  x'(z) = the mean of p(x|z)

    is least, the energy of the path in the metric J^T J that the decoder's Jacobian pulls back from x; or, with a
    metric G of the latent space, |dx_t|^2 is dz_t^T G(middle) dz_t. It begins as the straight line and descends by
    L-BFGS, so it may be one of several paths that are shortest among their neighbours.

    Reference: Shao, Kumar and Fletcher (2018), The Riemannian geometry of deep generative models, arXiv 1711.08014;
    Arvanitidis, Hansen and Hauberg (2018), Latent space oddity, arXiv 1710.11379.

    Args:
        vae: The model, of one array.
        a: [D], one latent.
        b: Likewise.
        steps: Latents on the path, both ends included, at least 3.
        metric: z [N, D] -> G(z) [N, D, D], positive definite, in TensorFlow, such as `Centroids`; None for the
            decoder's.
        condition: For a conditional model, the condition of this one path, without a batch axis.
        iterations: Of L-BFGS, at most.

    Returns:
        [steps, D]; the first is `a` and the last `b`, exactly.

    Raises:
        ValueError: `a` and `b` are no latents of the model, or there are too few steps.

    >>> from tfvae import recipes
    >>> vae = recipes.ppca((8,), 2)
    >>> vae.trained = True
    >>> geodesic(vae, [0.0, 0.0], [2.0, 4.0], steps=3).round(2).tolist()
    [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    """
    models.usable(vae)
    models.of_one_array(vae, "latent.geodesic", "Take latent.linear.")
    shape = vae.posterior.event_shape
    if np.shape(a) != shape or np.shape(b) != shape or len(shape) != 1:
        raise ValueError(
            f"Invalid value for arguments `a` and `b`. Expected two latents of shape {shape}, of a model whose z is a "
            f"vector. Received shapes: {np.shape(a)} and {np.shape(b)}"
        )
    steps = arguments.integer("steps", steps, "an int >= 3, both ends included", minimum=3)
    iterations = arguments.integer("iterations", iterations)
    conditions.presence(vae, condition)
    line = inspection.linear(np.asarray(a, vae.float_dtype), np.asarray(b, vae.float_dtype), steps)
    if np.array_equal(line[0], line[-1]):
        return np.repeat(line[:1], steps, axis=0)
    told = None if condition is None else np.repeat(np.asarray(condition)[None], steps, axis=0)

    def squares(path):
        if metric is not None:
            along = path[1:] - path[:-1]
            return tf.einsum("nd,nde,ne->n", along, metric((path[1:] + path[:-1]) / 2), along)
        means = tf.reshape(vae.decode(path, told).mean(), [steps, -1])
        return tf.reduce_sum((means[1:] - means[:-1]) ** 2, axis=1)

    found = _relaxed(squares, tf.constant(line), iterations).numpy()
    # The ends are copied, not computed, so they are exact.
    return np.concatenate([line[:1], found, line[-1:]])


def _relaxed(squares, line, iterations):
    """Returns the inner points of the path of least energy, [steps - 2, D]."""
    inner = tf.shape(line[1:-1])
    straight = tf.reduce_sum(squares(line))

    def energy(position):
        path = tf.concat([line[:1], tf.reshape(position, inner), line[-1:]], axis=0)
        return tf.reduce_sum(squares(path)) / straight

    # Made anew in each call: a function kept outside the model would keep the model alive. The search around it runs
    # eagerly, as its graph takes longer to make than the search does.
    with_slope = tf.function(lambda position: tfp.math.value_and_gradient(energy, position), autograph=False)
    options = {"tolerance": _TOLERANCE, "max_iterations": iterations}
    found = tfp.optimizer.lbfgs_minimize(with_slope, tf.reshape(line[1:-1], [-1]), **options)
    return tf.reshape(found.position, inner)


class Centroids:
    """A metric in which the ways through the data's codes are short.

    G(z)^-1 = sum_i S_i exp(-|z - m_i|^2 / T^2) + lambda I

    m_i and S_i are the mean and the diagonal of the covariance of q(z|x_i). Far from all codes a unit of z is
    1 / sqrt(lambda) long. It is the metric of the Riemannian Hamiltonian VAE with the posterior's own covariances in
    place of those of a further network, so it fits any trained model.

    Reference: Chadebec, Thibeau-Sutre, Burgos and Allassonniere (2021), Data augmentation in high dimensional low
    sample size setting using a geometry-based variational autoencoder, arXiv 2105.00026; Chadebec and Allassonniere
    (2022), A geometric perspective on variational autoencoders, arXiv 2209.07370, for the covariances.

    Args:
        vae: The model, whose z is a vector.
        data: Raw events [N, ...] or a finite dataset of batches; for a conditional model (events, condition).
        temperature: T, in units of z; None for the largest distance from a code to the one nearest to it.
        regularization: lambda, in units of z^2.

    Attributes:
        locations: [N, D], m_i.
        variances: [N, D], the diagonals of S_i.

    Raises:
        ValueError: z is no vector, there are no two codes, or an argument is no number > 0.

    >>> from tfvae import data, recipes
    >>> vae = recipes.vae((8, 8, 1), 2)
    >>> vae.trained = True
    >>> Centroids(vae, data.digits("train")[0][:50])(tf.zeros([3, 2])).shape
    TensorShape([3, 2, 2])
    """

    def __init__(self, vae, data, temperature: float | None = None, regularization=1e-3):
        models.usable(vae)
        if len(vae.posterior.event_shape) != 1:
            raise ValueError(f"Centroids are of a z that is a vector. Received: {vae.posterior!r} as the posterior.")
        laws = []
        with epoch.in_order():
            for batch in inspection.chunks("data", data):
                x, condition, _ = vae.unpack(batch)
                law = vae.encode(x, condition)
                laws.append((law.mean().numpy(), law.variance().numpy()))
        if sum(len(mean) for mean, _ in laws) < 2:
            raise ValueError("Invalid value for argument `data`. Expected two events or more.")
        self.locations, self.variances = (np.concatenate(each) for each in zip(*laws, strict=True))
        positive = "a number > 0"
        tiny = float(np.finfo(vae.float_dtype).tiny)
        self.regularization = arguments.number("regularization", regularization, positive, minimum=tiny)
        if temperature is None:
            temperature = max(_nearest(self.locations), tiny)
        self.temperature = arguments.number("temperature", temperature, positive, minimum=tiny)

    def inverse(self, z):
        """Returns the diagonal of G(z)^-1, [N, D], for z [N, D]."""
        z = tf.convert_to_tensor(z)
        near = riemannian.near(z, tf.cast(self.locations, z.dtype), self.temperature)
        return near @ tf.cast(self.variances, z.dtype) + self.regularization

    def __call__(self, z):
        """Returns G(z), [N, D, D], for z [N, D]."""
        return tf.linalg.diag(1 / self.inverse(z))


def _nearest(points):
    """Returns the largest distance from a point to the one nearest to it."""
    from sklearn.neighbors import NearestNeighbors

    distances, _ = NearestNeighbors(n_neighbors=2).fit(points).kneighbors(points)
    return float(distances[:, 1].max())
