"""Keras callbacks for training a VAE."""

from tfvae.callbacks.backup_and_restore import BackupAndRestore
from tfvae.callbacks.collapse import CollapseWarning
from tfvae.callbacks.early_stopping import EarlyStopping
from tfvae.callbacks.images import Manifold, Reconstructions, Samples, Traversals
from tfvae.callbacks.model_checkpoint import ModelCheckpoint
from tfvae.callbacks.stop_on_skipped_steps import StopOnSkippedSteps, TrainingDiverged
from tfvae.callbacks.summaries import Scalars

__all__ = [
    "BackupAndRestore",
    "CollapseWarning",
    "EarlyStopping",
    "Manifold",
    "ModelCheckpoint",
    "Reconstructions",
    "Samples",
    "Scalars",
    "StopOnSkippedSteps",
    "TrainingDiverged",
    "Traversals",
]
