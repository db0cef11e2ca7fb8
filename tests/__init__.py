"""Tests of tfvae."""
