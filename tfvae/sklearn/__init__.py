"""Estimators of scikit-learn over tables: arrays of numbers [n, d], a row an example.

They are imported by `import tfvae.sklearn`: `import tfvae` alone doesn't.
"""

from tfvae.sklearn.density import VAEDensity
from tfvae.sklearn.imputer import VAEImputer
from tfvae.sklearn.models import standardized_iwae, standardized_vae
from tfvae.sklearn.outliers import VAEOutlierDetector
from tfvae.sklearn.transformer import VAETransformer

__all__ = ["VAEDensity", "VAEImputer", "VAEOutlierDetector", "VAETransformer", "standardized_iwae", "standardized_vae"]
