"""Timing calls against one another on the same machine, under the same load."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Quantiles:
    """How long one call takes, in milliseconds."""

    p50: float
    p95: float


def interleaved(calls: Mapping[str, Callable[[], object]], runs: int) -> dict[str, Quantiles]:
    """Time every call `runs` times, in turn.

    In turn, so that another program's load falls on all of them alike and their ratios stay
    comparable. A tenth more runs go before, unmeasured: caches and lazy allocations.

    Args:
        calls: What to time, by name.
        runs: How often, at least 1.

    Returns:
        The quantiles of every call, by name.
    """
    warm_up = 1 + runs // 10
    elapsed = {name: np.empty(runs) for name in calls}
    for run in range(-warm_up, runs):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            duration = time.perf_counter() - start
            if run >= 0:
                elapsed[name][run] = 1e3 * duration
    return {name: _quantiles(times) for name, times in elapsed.items()}


def _quantiles(times: np.ndarray) -> Quantiles:
    p50, p95 = np.quantile(times, (0.5, 0.95))
    return Quantiles(float(p50), float(p95))
