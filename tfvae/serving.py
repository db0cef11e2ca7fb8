"""A client for models that TensorFlow Serving serves.

This module re-exports the package `tfvae_client`. A program that needs nothing
else of tfvae can import that package, and starts without TensorFlow.

>>> from tfvae import serving
>>> serving.Client("grpc://localhost:8500", model="digits")
Client('grpc://localhost:8500', model='digits')
"""

from tfvae_client import (
    Client,
    DeadlineExceeded,
    InvalidRequest,
    MessageTooLarge,
    ModelNotFound,
    Moments,
    Overloaded,
    Retry,
    ServingError,
    Signature,
    Spec,
    Unavailable,
    Version,
)

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
