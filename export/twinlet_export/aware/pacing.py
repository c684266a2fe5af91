"""What is done now and then, by the clock: a slow network takes minutes for a hundred steps."""

import time
from collections.abc import Callable


class Every:
    """Tells when so many seconds have gone by since it last did, or since it was made."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to wait.

        Args:
            seconds: Between two times.
            clock: Gives the time in seconds.
        """
        self._seconds, self._clock = seconds, clock
        self._last = clock()

    def due(self) -> bool:
        """Whether it is time; if so, the waiting begins anew."""
        now = self._clock()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
