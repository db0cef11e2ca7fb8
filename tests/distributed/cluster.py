"""Two workers on this machine."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[2]


def _addresses(count):
    """Addresses whose ports are free, as far as one can know."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


class Cluster:
    """Two processes `python -m tests.distributed.worker FOLDER *names`; none outlives a `with` block.

    Args:
        folder: Where they write; their output is FOLDER/output_<number>.txt.
        names: Trainings.
    """

    def __init__(self, folder, *names):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        addresses = _addresses(2)
        self.processes = []
        for index in range(2):
            task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            added = {"TF_CONFIG": json.dumps(task), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
            command = [sys.executable, "-W", "ignore", "-m", "tests.distributed.worker", str(folder), *names]
            with self._output(index).open("a") as output:
                process = subprocess.Popen(
                    command, cwd=ROOT, env={**os.environ, **added}, stdout=output, stderr=subprocess.STDOUT
                )
            self.processes.append(process)

    def _output(self, index):
        return self.folder / f"output_{index}.txt"

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for process in self.processes:
            process.kill()
            process.wait()

    def wait(self, limit):
        """Waits until both have ended well.

        Raises:
            AssertionError: One failed, or they took more than `limit` seconds; with what they printed.
        """
        until = time.monotonic() + limit
        while any(process.poll() is None for process in self.processes):
            # One that failed leaves the other waiting for it.
            if time.monotonic() > until or any(process.poll() for process in self.processes):
                break
            time.sleep(0.1)
        codes = [process.poll() for process in self.processes]
        said = "\n".join(self._output(index).read_text()[-4000:] for index in range(2))
        assert codes == [0, 0], f"exit statuses {codes}, None after {limit} s:\n{said}"
