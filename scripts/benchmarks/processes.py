"""Runs contenders, each in a process of its own, one after the other."""

import json
import os
import pathlib
import subprocess
import tempfile
import time

from . import environments, load


def _environment(gpu):
    paths = [str(environments.ROOT / "scripts"), str(environments.ROOT)]
    own = {"PYTHONPATH": os.pathsep.join(paths), "BENCHMARK_BEGAN": repr(time.time()), "TF_CPP_MIN_LOG_LEVEL": "3"}
    if not gpu:
        own["CUDA_VISIBLE_DEVICES"] = "-1"
    return {**os.environ, **own}


def run(python, module, work):
    """Runs one program to its end.

    Args:
        python: Path of the Python.
        module: `benchmarks.contenders.<module>`.
        work: What it is told.

    Returns:
        What it reported, with `memory`, its peak resident memory in MiB, and `others`, the share of the machine
        that something else took meanwhile; or {"error": its last line}.
    """
    with tempfile.TemporaryDirectory() as folder:
        result, log = pathlib.Path(folder, "result.json"), pathlib.Path(folder, "log")
        command = [str(python), "-m", f"benchmarks.contenders.{module}", json.dumps(work), str(result)]
        before, start = load.busy(), time.perf_counter()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_environment(work["gpu"]),
                cwd=folder,
            )
            try:
                # Of this child alone, where resource.getrusage would give the largest of all so far.
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            except BaseException:
                process.kill()
                process.wait()
                raise
        if process.returncode or not result.is_file():
            lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
            return {"error": f"exit status {process.returncode}: {lines[-1] if lines else 'no output'}"}
        wall, own = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
        others = load.others(before, load.busy(), own, wall, os.cpu_count())
        return json.loads(result.read_text()) | {"memory": usage.ru_maxrss / 1024, "others": others, "work": work}


def interleaved(contenders, rounds):
    """Yields (round, contender): every contender in each round, and another one first each time.

    >>> list(interleaved("ab", 2))
    [(0, 'a'), (0, 'b'), (1, 'b'), (1, 'a')]
    """
    for number in range(rounds):
        first = number % len(contenders)
        for contender in (*contenders[first:], *contenders[:first]):
            yield number, contender
