"""The posterior of several modalities as that of a network of all of them, and of experts where some are absent."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families import side_by_side
from tfvae.families.family import Family
from tfvae.families.product_of_experts import OfExperts, ProductOfExperts
from tfvae.families.relative import gaussian
from tfvae.networks.joint_encoder import JOINT
from tfvae.vectors import by_name

tfd = tfp.distributions


class JointOrProduct(tfd.Independent):
    """The joint Gaussian where all modalities are there, and elsewhere the product of the experts that are.

    Args:
        product: The `OfExperts`.
        joint: A law of independent Gaussians.
        dimensions: Axes of one event.
    """

    def __init__(self, product: OfExperts, joint, dimensions):
        self._product, self._joint, self._dimensions = product, joint, dimensions
        said: Any = gaussian(joint)
        other = product.distribution
        loc = by_name.where(product.whole, said.loc, other.loc)
        scale = by_name.where(product.whole, said.scale + tf.zeros_like(said.loc), other.scale)
        super().__init__(random.Normal(loc, scale), reinterpreted_batch_ndims=dimensions)

    def given(self, chosen):
        """Returns q(z|x_s) for {name: [...] bool, whether it is in s}: of what is in s, that which is there."""
        return JointOrProduct(self._product.given(chosen), self._joint, self._dimensions)


@register
class JointAndExperts(Family):
    """q(z|x) by a network of all modalities, and where some are absent by the experts of the others.

    q(z|x) = N(loc(x), scale(x)^2) if all are there, else the product of N(0, I) and the experts of what is there

    One modality alone is JMVAE's q(z|x_m), which `terms.ModalityKL` fits to q(z|x). Of several, but not all, it
    is what follows from these: p(z|x_s) is in proportion to p(z)^(1 - |s|) prod_m p(z|x_m), and as p(z) is a
    factor of each q(z|x_m), that is the product of p(z) and their experts. The encoder is `networks.JointEncoder`.

    Reference: Suzuki, Nakayama and Matsuo (2016), Joint multimodal learning with deep
    generative models, arXiv 1611.01891.

    Args:
        experts: `families.ProductOfExperts`, which has the expert of each modality.
        joint: A `families.Normal` over the same z.

    Attributes:
        modalities: The names, in order.

    Raises:
        ValueError: `experts` or `joint` is something else, or the shapes of z differ.

    >>> from tfvae.families import Normal
    >>> experts = ProductOfExperts({"image": Normal((1,), scale=1.0), "label": Normal((1,), scale=1.0)})
    >>> posterior = JointAndExperts(experts, Normal((1,), scale=0.1))
    >>> there = {"image": tf.constant([True, True]), "label": tf.constant([True, False])}
    >>> seen = {name: (tf.zeros([2, 8]), each) for name, each in there.items()}
    >>> law = posterior.distribution(seen | {"+": (tf.zeros([2, 8]), None)})
    >>> [round(float(variance), 4) for variance in law.variance()[:, 0]]
    [0.01, 0.5]
    """

    def __init__(self, experts, joint, **kwargs):
        if not isinstance(experts, ProductOfExperts):
            expected = "a families.ProductOfExperts, which has the expert of each modality"
            raise arguments.invalid("experts", expected, experts)
        if not isinstance(joint, Family) or gaussian(joint.kind()) is None or joint.event_shape != experts.event_shape:
            raise arguments.invalid(
                "joint", f"a Gaussian over the same z, families.Normal({experts.event_shape})", joint
            )
        super().__init__(experts.event_shape, **kwargs)
        self.experts, self.joint = experts, joint
        self.modalities = experts.modalities

    @property
    def _listed(self):
        return [self.experts, self.joint]

    def head_shapes(self):
        """Returns those of the experts and of the joint Gaussian, numbered."""
        return side_by_side.head_shapes(self._listed)

    def heads(self, role, network, found):
        """Returns the experts, each with the features of its modality, and the joint Gaussian with those of all."""
        if not isinstance(found, dict) or JOINT not in found:
            raise ValueError(
                f"The {role} JointAndExperts needs features of all modalities together, too, and the {network} returns "
                f"none. Use {network}=networks.JointEncoder(networks.ModalityEncoders({{...}}), network)."
            )
        each = {name: features for name, features in found.items() if name != JOINT}
        return [*self.experts.heads(role, network, each), (f"joint {role}", self.joint, found[JOINT][0])]

    def build(self, features_shape):
        """Makes all heads, given {name: (shape of its features, ...)}."""
        self.experts.build({name: shapes for name, shapes in features_shape.items() if name != JOINT})
        if not self.joint.built:
            self.joint.build(features_shape[JOINT][0])
        self.built = True

    def parameters(self, features):
        """Returns the parameters of the experts and of the joint Gaussian, numbered.

        Args:
            features: {name: ([..., F], [...] bool, whether the modality is there), "+": ([..., F], ...)}.
        """
        each = {name: seen for name, seen in features.items() if name != JOINT}
        return side_by_side.numbered([self.experts.parameters(each), self.joint.parameters(features[JOINT][0])])

    def constrain(self, raw):
        """Returns the parameters of both, numbered, where all modalities are there."""
        return side_by_side.constrain(self._listed, raw)

    def build_distribution(self, **parameters):
        """Returns the Gaussian, which also knows that of a subset: `law.given({name: whether it is in it})`."""
        experts, joint = side_by_side.split(self._listed, parameters)
        product = self.experts.build_distribution(**experts)
        return JointOrProduct(product, self.joint.build_distribution(**joint), len(self.event_shape))
