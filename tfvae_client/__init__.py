"""A client for models that TensorFlow Serving serves, on NumPy arrays, by gRPC or REST.

It is a separate package because importing `tfvae` loads TensorFlow, which takes
seconds and 700 MB, and a client doesn't need TensorFlow. `tfvae.serving` is the
same client, for a program that has loaded tfvae anyway.
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
