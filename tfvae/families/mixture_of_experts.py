"""The posterior of several modalities as a mixture of what some of them say of z."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.product_of_experts import OfExperts, ProductOfExperts

tfd = tfp.distributions


class OfSubsets(tfd.Distribution):
    """The mixture, with equal weights, of the products of those subsets of the experts that are there as a whole.

    Args:
        product: The `OfExperts`.
        subsets: Lists of names.

    Attributes:
        components: The product of each subset.
        weights: [..., S], those of the components.
    """

    def __init__(self, product: OfExperts, subsets):
        self._product, self._subsets = product, subsets
        self.components = [product.given({name: name in subset for name in product.experts}) for subset in subsets]
        whole = [tf.reduce_all(tf.stack([product.there[name] for name in subset]), axis=0) for subset in subsets]
        whole = tf.stack(whole, axis=-1)
        # Where none is there as a whole, what is there of each counts; of nothing, each is N(0, I).
        self._chosen = tf.logical_or(whole, tf.logical_not(tf.reduce_any(whole, axis=-1, keepdims=True)))
        chosen = tf.cast(self._chosen, product.dtype)
        self.weights = chosen / tf.reduce_sum(chosen, axis=-1, keepdims=True)
        super().__init__(
            dtype=product.dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="OfSubsets",
        )

    def given(self, chosen):
        """Returns the mixture for {name: [...] bool, whether it is in the subset of modalities that z is asked of}."""
        return OfSubsets(self._product.given(chosen), self._subsets)

    def _batch_shape(self):
        return self._product.batch_shape

    def _batch_shape_tensor(self):
        return self._product.batch_shape_tensor()

    def _event_shape(self):
        return self._product.event_shape

    def _event_shape_tensor(self):
        return self._product.event_shape_tensor()

    def _log_prob(self, z):
        logs = tf.stack([law.log_prob(z) for law in self.components], axis=-1) + tf.math.log(self.weights)
        return tf.reduce_logsumexp(logs, axis=-1)

    def _number(self, n, seed):
        """Returns [n, ...], which component each of n draws is of: each equally often, but for what doesn't divide n.

        A draw by itself is of each component with the same probability: the first one is chosen at random. So n draws
        are the strata of the mixture, and any of them is a draw of it.
        """
        count = tf.reduce_sum(tf.cast(self._chosen, tf.int32), axis=-1)
        within, first = tf.unstack(random.uniform(tf.concat([[2], tf.shape(count)], 0), seed, self.dtype))
        place = tf.reshape(tf.range(n), tf.concat([[n], tf.ones_like(tf.shape(count))], 0))
        share = (tf.cast(place, self.dtype) + within) / tf.cast(n, self.dtype)
        real = tf.cast(count, self.dtype)
        # Of a number just below 1 the product may be rounded up to it.
        stratum = tf.minimum(tf.cast(share * real, tf.int32), count - 1)
        turned = (stratum + tf.minimum(tf.cast(first * real, tf.int32), count - 1)) % count
        rank = tf.cumsum(tf.cast(self._chosen, tf.int32), axis=-1) - 1
        of_rank = tf.logical_and(self._chosen, tf.equal(turned[..., tf.newaxis], rank))
        return tf.argmax(of_rank, axis=-1, output_type=tf.int32)

    def _sample_n(self, n, seed=None):
        seed = tfp.random.sanitize_seed(seed)
        number = self._by_dimension(self._number(n, random.fold(seed, 0)))
        first, *others = [law.distribution for law in self.components]
        loc, scale = first.loc, first.scale
        for place, law in enumerate(others, 1):
            loc = tf.where(tf.equal(number, place), law.loc, loc)
            scale = tf.where(tf.equal(number, place), law.scale, scale)
        shape = tf.concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        return loc + scale * random.normal(shape, random.fold(seed, 1), self.dtype)

    def _by_dimension(self, values):
        """Returns values of examples, [...], with the axes of an event."""
        return tf.reshape(values, tf.concat([tf.shape(values), tf.ones_like(self.event_shape_tensor())], 0))

    def _mixed(self, of):
        """Returns the weighted mean of what `of` makes of each component."""
        weights = [self._by_dimension(each) for each in tf.unstack(self.weights, axis=-1)]
        return tf.add_n([weight * of(law) for weight, law in zip(weights, self.components, strict=True)])

    def _mean(self):
        return self._mixed(lambda law: law.mean())

    def _variance(self):
        # Around the mean, as a difference of squares would lose digits.
        mean = self._mean()
        return self._mixed(lambda law: law.variance() + (law.mean() - mean) ** 2)

    def _stddev(self):
        return tf.sqrt(self._variance())


@register
class MixtureOfExperts(Family):
    """q(z|x), a mixture with equal weights over subsets of modalities, each the product of its experts.

    q(z|x) = 1/|S| sum_{s in S} q(z|x_s),  q(z|x_s) = product of p(z) = N(0, I) and the experts of s

    With S each modality alone it is the mixture of experts of MMVAE, with S all subsets but the empty one the
    mixture of products of experts of MoPoE. Of an example that lacks modalities, S has those subsets of which all are
    there. K draws are stratified: each component has as many of them, but for what doesn't divide K, and any one draw
    is of each component with the same probability. So a term of K = |S| draws is the mean over components that the
    papers have, and its gradient needs none of the choice.

    As p(z) is a factor of every component, none is wider than it. The KL from the prior has no closed form:
    `KL(monte_carlo=True, num_samples=len(S))`.

    Reference: Shi, Siddharth, Paige and Torr (2019), Variational mixture-of-experts
    autoencoders for multi-modal deep generative models, arXiv 1911.03393; Sutter,
    Daunhawer and Vogt (2021), Generalized multimodal ELBO, arXiv 2105.02470.

    Args:
        experts: `families.ProductOfExperts`, which has the expert of each modality.
        subsets: S, lists of names. None is each modality alone.

    Attributes:
        modalities: The names, in order.

    Raises:
        ValueError: `experts` is something else, `subsets` names other modalities, or one of them twice.

    >>> from tfvae.families import Normal
    >>> experts = ProductOfExperts({"image": Normal((1,), scale=1.0), "label": Normal((1,), scale=1.0)})
    >>> posterior = MixtureOfExperts(experts, [["image"], ["label"], ["image", "label"]])
    >>> seen = (tf.zeros([2, 8]), tf.constant([True, True]))
    >>> law = posterior.distribution({"image": seen, "label": (seen[0], tf.constant([True, False]))})
    >>> [[round(float(weight), 3) for weight in row] for row in law.weights]
    [[0.333, 0.333, 0.333], [1.0, 0.0, 0.0]]
    """

    # An estimator that drops the score takes independent draws of q, and strata are not.
    path_gradient = False

    def __init__(self, experts, subsets=None, **kwargs):
        if not isinstance(experts, ProductOfExperts):
            expected = "a families.ProductOfExperts, which has the expert of each modality"
            raise arguments.invalid("experts", expected, experts)
        super().__init__(experts.event_shape, **kwargs)
        self.experts = experts
        self.modalities = experts.modalities
        self.subsets = subsets
        self._sorted = self._checked(subsets)

    def _checked(self, subsets):
        names = list(self.experts.families)
        alone = [[name] for name in names]
        if subsets is None:
            return alone
        found = [sorted(set(s)) for s in subsets if isinstance(s, list | tuple)] if isinstance(subsets, list) else []
        known = all(subset and set(subset) <= set(names) for subset in found)
        if not found or len(found) < len(subsets) or not known or any(found.count(subset) > 1 for subset in found):
            expected = f"a list of different subsets of the modalities, such as {alone}"
            raise arguments.invalid("subsets", expected, subsets)
        return found

    def head_shapes(self):
        """Returns those of the experts."""
        return self.experts.head_shapes()

    def heads(self, role, network, found):
        """Returns those of the experts."""
        return self.experts.heads(role, network, found)

    def build(self, features_shape):
        """Makes a head for each expert; see `ProductOfExperts`."""
        self.experts.build(features_shape)
        self.built = True

    def parameters(self, features):
        """Returns the experts' parameters; see `ProductOfExperts`."""
        return self.experts.parameters(features)

    def constrain(self, raw):
        """Returns the experts' parameters where all modalities are there."""
        return self.experts.constrain(raw)

    def build_distribution(self, **parameters):
        """Returns the mixture."""
        return OfSubsets(self.experts.build_distribution(**parameters), self._sorted)
