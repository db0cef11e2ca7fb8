"""The client of a model that TensorFlow Serving serves.

What is here is the package `tfvae_client`: a program that needs nothing else
of tfvae imports that, and starts without TensorFlow.

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
