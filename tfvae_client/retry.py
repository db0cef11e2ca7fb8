"""Another try after a failure that may pass."""

import itertools
import random
import time
from typing import Any, NamedTuple

from tfvae_client.errors import ServingError


class Retry(NamedTuple):
    """How often to try, and how long to wait between.

    Before try n + 1 it waits for a time drawn from U[0, min(longest, first 2^(n - 1))]: exponential
    backoff with full jitter, so that clients that failed together don't come back together.

    Attributes:
        attempts: Tries in all; 1 tries once.
        first: Seconds that the first wait may take.
        longest: Seconds that any wait may take.
        each: Seconds that one try may take, so that a replica that hangs costs no whole deadline;
            None: what is left of the deadline.

    Reference: Marc Brooker, 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
    """

    attempts: int = 5
    first: float = 0.1
    longest: float = 2.0
    each: float | None = None


def run(attempt, retry, deadline, clock=time.monotonic, sleep=time.sleep, draw=random.uniform) -> Any:
    """Calls `attempt` until it succeeds, fails for good, or the deadline passes.

    Args:
        attempt: Takes the seconds that it may take.
        retry: The `Retry`.
        deadline: Seconds for all tries and waits.
        clock: Seconds, as `time.monotonic`.
        sleep: Waits for seconds.
        draw: Draws a number between two.

    Returns:
        What `attempt` returns.

    Raises:
        ServingError: That of the last try.

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
