"""What a contender's process hears from the benchmark, and what it tells it."""

import json
import os
import pathlib
import sys
import time


class Report:
    """Clocks and results of one process.

    Attributes:
        work: The specification: what to do, where the data is, the seed.
    """

    def __init__(self):
        self.work = json.loads(sys.argv[1])
        self._result = pathlib.Path(sys.argv[2])
        self._began = float(os.environ["BENCHMARK_BEGAN"])
        self._values = {}
        self._last = time.perf_counter()
        self._epochs = []

    def imported(self):
        """Tells that the framework is loaded."""
        self._values["imported"] = time.time() - self._began

    def step_done(self):
        """Tells that a training step is done; the first one counts."""
        self._values.setdefault("first_step", time.time() - self._began)

    @property
    def stepped(self):
        """Whether the first step is done."""
        return "first_step" in self._values

    @property
    def first_step(self):
        """Seconds from the start of the process to the end of the first step."""
        return self._values["first_step"]

    def training_begins(self):
        """Starts the first epoch."""
        self._last = time.perf_counter()

    def epoch_done(self):
        """Ends an epoch and starts the next: nothing between two epochs goes uncounted."""
        now = time.perf_counter()
        self._epochs.append(now - self._last)
        self._last = now

    def result(self, per_image):
        """Takes the value of each test image, in nats."""
        self._values["result"] = float(per_image.mean())
        self._values["result_error"] = float(per_image.std(ddof=1) / len(per_image) ** 0.5)

    def finish(self, **values):
        """Writes everything; `samples` are the measurements where they are no epochs."""
        if self._epochs:
            # The first epoch traces, compiles and fills caches.
            values.setdefault("samples", self._epochs[1:] or self._epochs)
            values["epochs"] = self._epochs
        self._result.write_text(json.dumps(self._values | values))
