"""Invertible maps with a known Jacobian, for `families.Transformed`."""

from tfvae.families.flows.flow import Flow
from tfvae.families.flows.inverse_autoregressive import InverseAutoregressive
from tfvae.families.flows.inverted import Inverted
from tfvae.families.flows.planar import Planar
from tfvae.families.flows.radial import Radial

__all__ = ["Flow", "InverseAutoregressive", "Inverted", "Planar", "Radial"]
