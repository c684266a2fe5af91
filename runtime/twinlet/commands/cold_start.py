"""The first decision of a fresh process: how long it takes and how much memory it needs.

This module is both sides: `measure` starts `python -m twinlet.commands.cold_start`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import twinlet
from twinlet.errors import TwinletError

_STATUS = Path("/proc/self/status")
_MODULE = "twinlet.commands.cold_start"


@dataclass(frozen=True)
class ColdStart:
    """One fresh process, from its start to its first decision."""

    milliseconds: float  # interpreter, imports, digests, self-test, two images read and compared
    peak_rss_mb: float | None  # MiB; None where the system does not tell


def measure(bundle: str, file: str, images: Sequence[str], *, threads: int = 1) -> ColdStart:
    """Start a process that loads a file of a bundle and compares two images.

    Args:
        bundle: Path of the bundle.
        file: Which of its files decides.
        images: Paths of two images.
        threads: How many threads one embedding may use, at least 1.

    Raises:
        TwinletError: The process failed; its own message is on standard error.
    """
    # -P: a file in the working directory must not be taken for a module.
    command = [sys.executable, "-P", "-m", _MODULE, bundle, file, str(threads), *images]
    start = time.perf_counter()
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) as child:
        answer = next(iter(child.stdout or ()), "")  # comes before the process winds down
        elapsed = time.perf_counter() - start
    if child.returncode != 0 or not answer:
        raise TwinletError(
            f"a fresh process that loads {file} failed with exit code {child.returncode}; "
            f"its own message is above"
        )
    return ColdStart(1e3 * elapsed, json.loads(answer)["peak_rss_mb"])


def peak_rss_mb() -> float | None:
    """The most resident memory this process has had, in MiB."""
    if _STATUS.exists():
        # Linux: the high-water mark of this program alone. `ru_maxrss` would also hold that of
        # the process it was started from (getrusage(2): it survives execve).
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _environment() -> dict[str, str]:
    """Let the fresh process import the very package that this one runs."""
    package = str(Path(twinlet.__file__).resolve().parents[1])
    inherited = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (package, inherited)))}


def _decide_once(bundle: str, file: str, threads: str, first: str, second: str) -> None:
    twinlet.load(bundle, file=file, threads=int(threads)).verify(first, second)
    sys.stdout.write(json.dumps({"peak_rss_mb": peak_rss_mb()}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _decide_once(*sys.argv[1:])
