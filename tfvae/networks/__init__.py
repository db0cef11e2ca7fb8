"""Encoders and decoders: features in, features out, and no probability."""

from tfvae.networks.attention import SelfAttention
from tfvae.networks.causal import CausalTransformer
from tfvae.networks.conditional import Conditional, run, takes_condition
from tfvae.networks.conv import conv_decoder, conv_encoder
from tfvae.networks.critics import mlp_critic, patch_critic
from tfvae.networks.denoiser import Denoiser
from tfvae.networks.each import Each
from tfvae.networks.enlarging import ResizeConv2D, SubPixelConv2D
from tfvae.networks.group_norm import GroupNorm
from tfvae.networks.joint_encoder import JointEncoder
from tfvae.networks.levels import BottomUpEncoder, TopDownDecoder
from tfvae.networks.linear import linear
from tfvae.networks.log_counts import LogCounts
from tfvae.networks.made import MADE
from tfvae.networks.mlp import mlp_decoder, mlp_encoder
from tfvae.networks.modalities import ModalityDecoders, ModalityEncoders
from tfvae.networks.pretrained import vgg19
from tfvae.networks.residual import residual_decoder, residual_encoder
from tfvae.networks.residual_block import ResidualBlock
from tfvae.networks.spectral import SpectrallyNormalized
from tfvae.networks.unit_length import UnitLength
from tfvae.networks.with_categories import WithCategories, columns_size
from tfvae.networks.with_mask import WithMask

__all__ = [
    "MADE",
    "BottomUpEncoder",
    "CausalTransformer",
    "Conditional",
    "Denoiser",
    "Each",
    "GroupNorm",
    "JointEncoder",
    "LogCounts",
    "ModalityDecoders",
    "ModalityEncoders",
    "ResidualBlock",
    "ResizeConv2D",
    "SelfAttention",
    "SpectrallyNormalized",
    "SubPixelConv2D",
    "TopDownDecoder",
    "UnitLength",
    "WithCategories",
    "WithMask",
    "columns_size",
    "conv_decoder",
    "conv_encoder",
    "linear",
    "mlp_critic",
    "mlp_decoder",
    "mlp_encoder",
    "patch_critic",
    "residual_decoder",
    "residual_encoder",
    "run",
    "takes_condition",
    "vgg19",
]
