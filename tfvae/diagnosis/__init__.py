"""What of a trained model loses nats, and the sentence of parts that would win them back."""

from tfvae.diagnosis.change import changed
from tfvae.diagnosis.diagnose import Diagnosis, diagnose
from tfvae.diagnosis.finding import Finding

__all__ = ["Diagnosis", "Finding", "changed", "diagnose"]
