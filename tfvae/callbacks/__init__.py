"""Keras callbacks that training a VAE wants."""

from tfvae.callbacks.backup_and_restore import BackupAndRestore
from tfvae.callbacks.stop_on_skipped_steps import StopOnSkippedSteps, TrainingDiverged

__all__ = ["BackupAndRestore", "StopOnSkippedSteps", "TrainingDiverged"]
