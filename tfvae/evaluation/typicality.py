"""Whether an example is like the data: p-values of scores that held-out data calibrate."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfvae import random
from tfvae.evaluation import anomaly, conformal
from tfvae.evaluation.anomaly import score as scores
from tfvae.inputs import datasets, models


class Typicality(NamedTuple):
    """How strange held-out data are, and so what is strange; `evaluation.typicality` makes it.

    A p-value is small where hardly any held-out example is as strange. Calling examples anomalous whose p-value is at
    most a calls a share a of normal ones so, or less. That is over many draws of both the held-out data and the
    examples. Of one set of n held-out examples the share is a number near a, of the law Beta(k, n + 1 - k),
    k = floor(a (n + 1)).

    Attributes:
        score: The score of anomaly: (dataset, seed, verbose) -> [N], larger is stranger.
        calibration: float64 [n], the scores of the held-out data, ascending.
        two_sided: Whether a score is strange at either end.
    """

    score: Any
    calibration: np.ndarray
    two_sided: bool

    def p_values(self, dataset, seed=0, verbose: Any = 0):
        """Returns the p-value of each example.

        Args:
            dataset: A finite dataset of batches, as for `fit`, of none of the examples that calibrated.
            seed: int, of the score's draws; they are others than those of the calibration.
            verbose: As for Keras's `evaluate`.

        Returns:
            float64 [N], in the order of the input.

        Raises:
            ValueError: No data, an array instead of batches, or scores that are NaN.
        """
        datasets.batches("dataset", dataset)
        return self.of_scores(scores.values(self.score, dataset, random.fold(random.as_seed(seed, None), 1), verbose))

    def of_scores(self, given):
        """Returns the p-values of scores [N] that are known, float64 [N]; see `conformal.p_values`.

        Raises:
            ValueError: They aren't one number for each example, or some are NaN.

        >>> Typicality(None, np.array([1.0, 2.0, 3.0]), two_sided=False).of_scores([2.5, 9.0]).tolist()
        [0.5, 0.25]
        """
        given = scores.checked("Argument `given`", given)
        return conformal.p_values(tf.constant(self.calibration, tf.float64), tf.constant(given), self.two_sided).numpy()

    @property
    def least(self):
        """The smallest p-value that there is, 1 / (n + 1), two-sided 2 / (n + 1): a level below it calls nothing."""
        return min((2 if self.two_sided else 1) / (len(self.calibration) + 1), 1.0)

    def __repr__(self):
        """Returns what is scored, and by how many examples it is calibrated."""
        sides = "two-sided" if self.two_sided else "one-sided"
        return f"Typicality({self.score!r}, {sides}, of {len(self.calibration):,} examples)"


def calibrated(score, validation, two_sided=False, seed=0, verbose: Any = "auto"):
    """Calibrates a score of anomaly by held-out data.

    p(x) = (1 + #{i: s(x_i) >= s(x)}) / (n + 1),  x_1 ... x_n held out

    If x is from where the held-out data are from, P(p(x) <= a) <= a, whatever the score is and however good the model.
    Ties are counted as stranger, which is conservative. What the score is good for is to be large elsewhere.

    References: Bates et al. (2023), Testing for outliers with conformal p-values, arXiv 2104.08279, equation 1.

    Args:
        score: (dataset, seed, verbose) -> [N], larger is stranger, such as those of `evaluation.anomaly`.
        validation: A finite dataset of batches, as for `fit`, that the model wasn't trained on. With n examples no
            p-value is below 1 / (n + 1).
        two_sided: Whether small scores are strange, too. No p-value is then below 2 / (n + 1).
        seed: int, of the score's draws.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `Typicality`.

    Raises:
        ValueError: `score` is no function, no data, an array instead of batches, or scores that are NaN.

    >>> from tfvae import data
    >>> def length(dataset, seed, verbose):
    ...     return np.concatenate([np.linalg.norm(x, axis=1) for x in dataset])
    >>> normal = calibrated(length, data.from_array(np.eye(4, dtype="float32"), batch_size=2))
    >>> normal.p_values(data.from_array(np.array([[0, 0, 0, 0], [3, 0, 0, 0]], "float32"))).tolist()
    [1.0, 0.2]
    """
    scores.check("score", score)
    datasets.batches("validation", validation)
    found = scores.values(score, validation, random.fold(random.as_seed(seed, None), 0), verbose)
    return Typicality(score, np.sort(found), bool(two_sided))


def typicality(vae, validation, num_samples=100, seed=0, verbose: Any = "auto"):
    """Calibrates how probable a model finds examples by held-out data: is this input normal?

    p(x) = min(1, 2 min(P(s >= s(x)), P(s <= s(x)))),  s(x) = -log p(x)

    with the probabilities as ranks among the held-out data's, see `calibrated`. Both ends count, as a model may find
    strange data more probable than its own. The result goes along with a served model:
    `export.saved_model(vae, folder, typicality=...)`.

    References: Bates et al. (2023), arXiv 2104.08279, equation 1; Nalisnick et al. (2019), Detecting
    out-of-distribution inputs to deep generative models using typicality, arXiv 1906.02994.

    Args:
        vae: A model whose posterior, prior and likelihood have densities.
        validation: A finite dataset of batches, as for `fit`, that the model wasn't trained on.
        num_samples: K, draws of z for each estimate of log p(x), of these data and of those that are judged.
        seed: int; the same seed gives the same calibration.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `Typicality`.

    Raises:
        ValueError: A part without density, values outside the likelihood's support, no data, or an array instead of
            batches.

    >>> from tfvae import data, recipes
    >>> vae = recipes.vae((8, 8, 1), latent_size=2)
    >>> digits = data.digits("validation")[0]
    >>> normal = typicality(vae, data.from_array(digits[:50]), num_samples=5, verbose=0)
    >>> normal.p_values(data.from_array(digits[50:60])).shape, round(normal.least, 3)
    ((10,), 0.039)
    """
    models.usable(vae)
    datasets.batches("validation", validation, vae=vae)
    return calibrated(anomaly.NegativeLogLikelihood(vae, num_samples), validation, True, seed, verbose)
