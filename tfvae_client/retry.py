"""Retries after transient failures."""

import itertools
import random
import time
from typing import Any, NamedTuple

from tfvae_client.errors import ServingError


class Retry(NamedTuple):
    """How many attempts to make, and how long to wait between them.

    Before attempt n + 1 it waits for a time drawn from U[0, min(longest, first 2^(n - 1))]: exponential
    backoff with full jitter, so that clients that failed together don't come back together.

    Attributes:
        attempts: Attempts in all; 1 means no retries.
        first: Seconds that the first wait may take.
        longest: Seconds that any wait may take.
        each: Seconds that one attempt may take, so that a hanging replica doesn't use up the whole
            deadline; None for what is left of the deadline.

    Reference: Marc Brooker, 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
    """

    attempts: int = 5
    first: float = 0.1
    longest: float = 2.0
    each: float | None = None


def run(attempt, retry, deadline, clock=time.monotonic, sleep=time.sleep, draw=random.uniform) -> Any:
    """Calls `attempt` until it succeeds, fails for good, or the deadline passes.

    Args:
        attempt: A function of its timeout in seconds.
        retry: The `Retry`.
        deadline: Seconds for all attempts and waits.
        clock: Returns seconds, as `time.monotonic` does.
        sleep: Waits for a number of seconds.
        draw: Draws a number between two numbers.

    Returns:
        What `attempt` returns.

    Raises:
        ServingError: The error of the last attempt.

    >>> from tfvae_client.errors import Unavailable
    >>> answers = [Unavailable("no"), Unavailable("no"), "yes"]
    >>> def attempt(timeout):
    ...     answer = answers.pop(0)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> waits = []
    >>> run(attempt, Retry(), 10.0, sleep=waits.append, draw=lambda low, high: high), waits
    ('yes', [0.1, 0.2])
    """
    ends = clock() + deadline
    for number in itertools.count(1):
        left = max(ends - clock(), 1e-3)
        try:
            return attempt(left if retry.each is None else min(left, retry.each))
        except ServingError as error:
            wait = draw(0.0, min(retry.longest, retry.first * 2.0 ** (number - 1)))
            if not error.transient or number >= retry.attempts or clock() + wait >= ends:
                if number == 1:
                    raise
                raise type(error)(f"{error} Tried {number} times.") from error
        sleep(wait)
