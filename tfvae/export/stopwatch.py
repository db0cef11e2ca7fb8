"""Measures time and memory of a LiteRT file, in a separate process that has nothing else loaded.

Run as a program, it takes the path of a file and prints JSON. It imports no
other part of tfvae, so TensorFlow's memory and threads don't affect the result.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time
import warnings

_THREADS = (1, 2)
_WARM_UP, _CALLS, _SECONDS = 10, 300, 0.5
_TIMEOUT = 300.0


def measure(path):
    """Returns {"latency_us": {"1": float, "2": float}, "peak_memory_bytes": int} of a file.

    latency_us: Median of up to 300 calls, by number of threads.
    peak_memory_bytes: Growth of the process's peak resident size from before the file is opened to after three calls
    in one thread. It includes the weights that are read, what the interpreter and XNNPACK make of them, and the
    activations. The interpreter's Python API doesn't expose the size of its arena alone.

    The figures depend on the machine's other load. If the process can't run, a warning says so and both are None.
    """
    # -P: this folder holds modules of tfvae whose names must not shadow others.
    command = [sys.executable, "-P", str(pathlib.Path(__file__)), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=True)
        return json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1:]
        warnings.warn(f"{path}: time and memory were not measured: {' '.join(said)}", UserWarning, stacklevel=2)
        return {"latency_us": None, "peak_memory_bytes": None}


def _resident():
    """Returns the peak resident size of this process in bytes, after resetting it to the current size if possible."""
    try:
        # Resets VmHWM; otherwise it would be the peak of the imports.
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass
    return _peak()


def _peak():
    import resource

    try:
        status = pathlib.Path("/proc/self/status").read_text()
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError):
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return size if sys.platform == "darwin" else 1024 * size


def _opened(path, threads):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path, num_threads=threads)
    interpreter.allocate_tensors()
    return interpreter


def _latency(interpreter):
    for _ in range(_WARM_UP):
        interpreter.invoke()
    times, start = [], time.perf_counter()
    while len(times) < _CALLS and (len(times) < 3 or time.perf_counter() - start < _SECONDS):
        before = time.perf_counter_ns()
        interpreter.invoke()
        times.append((time.perf_counter_ns() - before) / 1e3)
    return statistics.median(times)


def main(path):
    """Measures a file and prints what `measure` returns."""
    import ai_edge_litert.interpreter  # noqa: F401  its own memory is not part of the file's

    before = _resident()
    interpreter = _opened(path, 1)
    for _ in range(3):
        interpreter.invoke()
    memory = _peak() - before
    latency = {str(threads): round(_latency(_opened(path, threads)), 2) for threads in _THREADS}
    print(json.dumps({"latency_us": latency, "peak_memory_bytes": memory}))


if __name__ == "__main__":
    main(sys.argv[1])
