"""A client for models that TensorFlow Serving serves, on NumPy arrays, by gRPC or REST.

A package of its own, since importing `tfvae` loads TensorFlow, which takes
seconds and 700 MB: a client needs neither. `tfvae.serving` is the same for
a program that has tfvae loaded anyway.
"""

from tfvae_client.client import Client
from tfvae_client.errors import (
    DeadlineExceeded,
    InvalidRequest,
    MessageTooLarge,
    ModelNotFound,
    Overloaded,
    ServingError,
    Unavailable,
)
from tfvae_client.functions import Moments
from tfvae_client.retry import Retry
from tfvae_client.signature import Signature, Spec, Version

__all__ = [
    "Client",
    "DeadlineExceeded",
    "InvalidRequest",
    "MessageTooLarge",
    "ModelNotFound",
    "Moments",
    "Overloaded",
    "Retry",
    "ServingError",
    "Signature",
    "Spec",
    "Unavailable",
    "Version",
]
