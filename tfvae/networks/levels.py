"""The networks of a model of several stochastic layers: up to the features of each, and down through their latents."""

from typing import Any

from keras import ops

from tfvae import arguments
from tfvae.component import Component, register, shape_tuple
from tfvae.networks.conditional import run, take_condition_of
from tfvae.vectors import by_place


def _networks(argument, value, example) -> Any:
    """Returns a list of networks, refusing anything else."""
    found = list(value) if isinstance(value, list | tuple) else []
    if not found or not all(callable(network) for network in found):
        raise arguments.invalid(argument, f"a list of Keras models, such as {example}", value)
    return found


@register
class BottomUpEncoder(Component):
    """Features of x for each of several stochastic layers, from the top one to the bottom one.

    f_L = block_L(x),  f_l = block_l(f_l+1),  l = 1 the top level

    Reference: Sonderby et al. (2016), Ladder variational autoencoders, arXiv 1602.02282,
    section 2, whose deterministic d_n these are.

    Args:
        blocks: Networks, in the order in which x passes them: the first gives the features
            of the bottom level, the last those of the top. Each may be a `Conditional`.

    Raises:
        ValueError: `blocks` is no list of networks, or their conditions differ.

    >>> import tensorflow as tf
    >>> from tfvae.networks import mlp_encoder
    >>> encoder = BottomUpEncoder([mlp_encoder((8, 8, 1), (64,)), mlp_encoder((64,), (32,))])
    >>> [features.shape[-1] for features in encoder(tf.zeros([5, 8, 8, 1]))]
    [32, 64]
    """

    def __init__(self, blocks, **kwargs):
        super().__init__(**kwargs)
        example = "[networks.mlp_encoder((8, 8, 1), (64,)), networks.mlp_encoder((64,), (32,))]"
        self.blocks = _networks("blocks", blocks, example)
        take_condition_of(self, self.blocks)

    def call(self, x, condition=None, training=None):
        """Returns a list of features, [B, ...] each, from the top level to the bottom one.

        Args:
            x: [B, ...].
            condition: [B, ...], or None if no block takes one.
            training: As for every Keras layer.
        """
        found = []
        for block in self.blocks:
            x = run(block, x, condition, training)
            found.insert(0, x)
        return found


@register
class TopDownDecoder(Component):
    """A decoder of several stochastic layers: a block for each, from the top one to the bottom one.

    s_1 = block_1(z_1),  s_l = block_l(concat[s_l-1, z_l]),  features = s_L

    So a block is an ordinary network, which sees the state and the level's z joined on their
    last axis. The rest of their shapes must be the same: of feature maps a block has
    to enlarge its state to the size of the next level's z. The levels of `priors.Hierarchical`
    and `families.TopDown` are told s_l-1, too.

    Called with the z of all levels as one vector, it is a decoder as any other.

    Args:
        blocks: Networks, from the top. Each may be a `Conditional`.
        latent_shapes: Shape of each level's z, from the top.

    Raises:
        ValueError: `blocks` is no list of networks, there is not one shape for each, or their
            conditions differ.

    >>> import tensorflow as tf
    >>> from tfvae.networks import mlp_decoder
    >>> decoder = TopDownDecoder([mlp_decoder((2,), (32,)), mlp_decoder((32 + 8,), (64,))], [(2,), (8,)])
    >>> decoder(tf.zeros([5, 2 + 8])).shape
    TensorShape([5, 64])
    """

    def __init__(self, blocks, latent_shapes, **kwargs):
        super().__init__(**kwargs)
        example = "[networks.mlp_decoder((2,), (32,)), networks.mlp_decoder((32 + 8,), (64,))]"
        self.blocks = _networks("blocks", blocks, example)
        shapes = list(latent_shapes) if isinstance(latent_shapes, list | tuple) else []
        if len(shapes) != len(self.blocks):
            expected = f"a shape for each of the {len(self.blocks)} blocks, such as [(2,), (8,)]"
            raise arguments.invalid("latent_shapes", expected, latent_shapes)
        self.latent_shapes = tuple(shape_tuple("latent_shapes", shape) for shape in shapes)
        take_condition_of(self, self.blocks)

    def block(self, number, state, z, condition, training):
        """Returns the state below a level.

        Args:
            number: The level, 0 the top.
            state: [B, ...], the state above, or None at the top.
            z: [B, *latent_shapes[number]].
            condition: [B, ...], or None if no block takes one.
            training: As for every Keras layer.
        """
        if state is not None:
            z = ops.concatenate([state, ops.cast(z, state.dtype)], axis=-1)
        return run(self.blocks[number], z, condition, training)

    def call(self, z, condition=None, training=None):
        """Returns the last state.

        Args:
            z: [B, D], the z of all levels, each flattened, joined from the top.
            condition: [B, ...], or None if no block takes one.
            training: As for every Keras layer.
        """
        state = None
        for number, each in enumerate(by_place.split(z, self.latent_shapes)):
            state = self.block(number, state, each, condition, training)
        return state
