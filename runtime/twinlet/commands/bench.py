"""`twinlet bench`: what a decision costs here: latency, cold start, size and memory."""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from twinlet.backends import how_to_install, installed, open_engine
from twinlet.bundle import Bundle
from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle, count
from twinlet.commands.cold_start import measure
from twinlet.commands.latency import interleaved
from twinlet.errors import MissingExtraError
from twinlet.verifier import load

ALL = "all"
COLD_STARTS = 5  # fresh processes a file; their median is told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument(
        "--file",
        metavar="F",
        default=ALL,
        help="one of the bundle's files, or 'all' (the default): all whose engine is installed",
    )
    parser.add_argument(
        "--runs", metavar="N", type=count, default=200, help="timed calls of each kind (200)"
    )
    parser.add_argument(
        "--threads", metavar="N", type=count, default=1, help="threads one embedding may use (1)"
    )


def run(arguments: argparse.Namespace) -> Outcome:
    """Measure the chosen files, one after the other."""
    bundle = Bundle.open(arguments.bundle)
    probes = bundle.golden().probes[:2]
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        images = [str(Path(folder) / f"{number}.npy") for number in range(2)]
        for path, pixels in zip(images, probes, strict=True):
            np.save(path, pixels, allow_pickle=False)
        for name in _chosen(bundle, arguments.file):
            starts = [
                measure(arguments.bundle, name, images, threads=arguments.threads)
                for _ in range(COLD_STARTS)
            ]
            peaks = [start.peak_rss_mb for start in starts if start.peak_rss_mb is not None]
            files[name] = {
                **_latencies(bundle, name, probes, arguments),
                "cold_start_ms": median(start.milliseconds for start in starts),
                "bytes": bundle.file(name).bytes,
                "peak_rss_mb": max(peaks) if peaks else None,
            }
    return Outcome({"files": files}, _table(files))


def _chosen(bundle: Bundle, file: str) -> tuple[str, ...]:
    if file != ALL:
        return (bundle.file(file).name,)
    engines = installed()
    here = tuple(name for name, entry in bundle.manifest.files.items() if entry.engine in engines)
    if not here:
        wanted = sorted({entry.engine for entry in bundle.manifest.files.values()})
        raise MissingExtraError(
            f"no engine that runs a file of {bundle.path} is installed; {how_to_install(*wanted)}"
        )
    return here


def _latencies(
    bundle: Bundle, name: str, probes: np.ndarray, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Time embedding, verifying and the bare engine; images are in memory, of model size."""
    entry = bundle.file(name)
    verifier = load(arguments.bundle, file=name, threads=arguments.threads)
    # The interpreter on the same bytes with the same settings, but not the verifier's own one.
    bare = open_engine(entry.engine, bundle.read(entry.path), threads=arguments.threads)
    one = np.ascontiguousarray(probes[:1])
    times = interleaved(
        {
            "embed": lambda: verifier.embed(one),
            "verify": lambda: verifier.verify(probes[0], probes[1]),
            "bare": bare.bare_call(one),
        },
        arguments.runs,
    )
    return {
        "embed_ms": asdict(times["embed"]),
        "verify_ms": asdict(times["verify"]),
        "bare_engine_ms": {"p50": times["bare"].p50},
    }


def _table(files: Mapping[str, Mapping[str, Any]]) -> str:
    heading = ("file", "embed ms", "p95", "verify ms", "p95", "bare ms", "cold ms", "MiB", "bytes")
    rows = [heading]
    for name, cost in files.items():
        memory = cost["peak_rss_mb"]
        rows.append(
            (
                name,
                f"{cost['embed_ms']['p50']:.3f}",
                f"{cost['embed_ms']['p95']:.3f}",
                f"{cost['verify_ms']['p50']:.3f}",
                f"{cost['verify_ms']['p95']:.3f}",
                f"{cost['bare_engine_ms']['p50']:.3f}",
                f"{cost['cold_start_ms']:.0f}",
                "unknown" if memory is None else f"{memory:.0f}",
                f"{cost['bytes']:,}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *numbers = row
    cells = (f"{text:>{width}}" for text, width in zip(numbers, widths[1:], strict=True))
    return f"{name:<{widths[0]}}  {'  '.join(cells)}"


COMMAND = Command(
    name="bench",
    help="Measure what a decision costs on this machine: latency, cold start, size and memory.",
    add_arguments=add_arguments,
    run=run,
)
