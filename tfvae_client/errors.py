"""Errors of a request, one class for each way that a program might handle them."""

import re


class ServingError(RuntimeError):
    """The server, or the connection to it, failed. Base class of all errors here.

    Attributes:
        transient: Whether the same request may succeed later, so that it is retried.
    """

    transient = False


class Unavailable(ServingError):
    """No server answers at the address, or it isn't ready."""

    transient = True


class DeadlineExceeded(ServingError):
    """The answer did not come in time."""

    transient = True


class Overloaded(ServingError):
    """The server has too much to do."""

    transient = True


class ModelNotFound(ServingError):
    """The server doesn't serve this model, or not this version of it."""


class InvalidRequest(ServingError, ValueError):
    """The served model can't take an argument."""


class MessageTooLarge(InvalidRequest):
    """A request or an answer is larger than one side accepts."""


_OF_CODE = {
    "UNAVAILABLE": Unavailable,
    "DEADLINE_EXCEEDED": DeadlineExceeded,
    "RESOURCE_EXHAUSTED": Overloaded,
    "NOT_FOUND": ModelNotFound,
    "INVALID_ARGUMENT": InvalidRequest,
    "FAILED_PRECONDITION": InvalidRequest,
    "OUT_OF_RANGE": InvalidRequest,
}
_FIXES = {
    "UNAVAILABLE": "Start it, or correct the address.",
    "DEADLINE_EXCEEDED": "Give a longer deadline, or send fewer rows.",
    "RESOURCE_EXHAUSTED": "Send less at once, or later.",
}
_LONGEST = 500  # characters of a server's message


def from_code(code, said, server):
    r"""Returns the error for a gRPC status.

    Args:
        code: The status's name, such as "NOT_FOUND".
        said: The server's message.
        server: The server's address, for the message.

    >>> from_code("INVALID_ARGUMENT", "{{node A}} assertion failed: [Expected 1..9.] [12]", "grpc://a:8500")
    InvalidRequest('grpc://a:8500: Expected 1..9. [12].')
    """
    # Where in the graph it happened doesn't help whoever sent the request.
    said = " ".join(re.sub(r"\s*\[\[\{\{node .*", "", said, flags=re.S).split())
    said = re.sub(r"^.*?assertion failed: \[(.*?)\] \[", r"\1 [", said).rstrip(".")[:_LONGEST] or code
    if code == "RESOURCE_EXHAUSTED" and re.search("larger than max|too large", said, flags=re.I):
        return MessageTooLarge(f"{server}: {said}. Send fewer rows at once, or give the client a smaller batch_size.")
    return _OF_CODE.get(code, ServingError)(" ".join([f"{server}: {said}.", *filter(None, [_FIXES.get(code)])]))


def invalid(argument, expected, received):
    """Returns the error for an argument that the model can't take.

    >>> invalid("count", "a positive int", 0)
    InvalidRequest('Invalid value for argument `count`. Expected a positive int. Received: count=0')
    """
    quoted = " ".join(repr(received).split())[:_LONGEST]
    return InvalidRequest(
        f"Invalid value for argument `{argument}`. Expected {expected}. Received: {argument}={quoted}"
    )
