"""How busy the machine was with something else while a contender ran."""

import os
import pathlib

_STAT = pathlib.Path("/proc/stat")
#: Share of the machine that others may take before a table says so.
QUIET = 0.05
#: Above this, for half of the processes, a table is not published.
TOO_BUSY = 0.10


def busy():
    """Returns the seconds that all cores together have been busy since the machine started, or None."""
    try:
        line = _STAT.read_text().splitlines()[0]
    except OSError:
        return None
    return _busy_ticks(line) / os.sysconf("SC_CLK_TCK")


def _busy_ticks(line):
    """Returns the ticks that were neither idle nor waiting for a disk.

    >>> _busy_ticks("cpu 10 2 3 100 50 1 1 4 0 0")
    21
    """
    user, nice, system, _, _, interrupts, soft_interrupts, stolen, *_ = (int(word) for word in line.split()[1:])
    return user + nice + system + interrupts + soft_interrupts + stolen


def others(before, after, own, wall, cores):
    """Returns the share of the machine that others took, 0 to 1, or None where that isn't known.

    Args:
        before: `busy` when the contender began.
        after: `busy` when it had ended.
        own: Its own seconds of CPU.
        wall: Seconds that it ran.
        cores: Of the machine.

    >>> others(100.0, 130.0, own=12.0, wall=10.0, cores=4)
    0.45
    """
    if before is None or after is None:
        return None
    return min(max((after - before - own) / (wall * cores), 0.0), 1.0)


def shares(entry):
    """Returns what others took during each process of a case's entry, where that is known, sorted."""
    return sorted(run["others"] for run in entry["runs"] if run.get("others") is not None)


def unpublishable(entry):
    """Returns why a case's figures are not to be published, or None.

    Args:
        entry: A case of results.json.
    """
    if entry["quick"]:
        return "a --quick run measures nothing"
    found = shares(entry)
    if found and found[len(found) // 2] > TOO_BUSY:
        share = f"{100 * found[len(found) // 2]:.0f} %"
        return f"other processes took {share} of the machine, which slows contenders unequally"
    return None
