"""How long cells computed, without the time that a person reads between them."""

import time


class Stopwatch:
    """Starts at once; in a notebook it stops between cells, elsewhere never."""

    def __init__(self):
        self._busy = 0.0
        self._since: float | None = time.perf_counter()
        from IPython import get_ipython

        if shell := get_ipython():
            shell.events.register("pre_run_cell", self._begin)
            shell.events.register("post_run_cell", self._end)

    @property
    def seconds(self) -> float:
        running = 0.0 if self._since is None else time.perf_counter() - self._since
        return self._busy + running

    def _begin(self, *_) -> None:
        self._since = time.perf_counter()

    def _end(self, *_) -> None:
        self._busy, self._since = self.seconds, None
