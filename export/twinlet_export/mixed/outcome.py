"""How a search ended, in words and as JSON: a file's `mixed` in the manifest."""

from typing import Any

from twinlet.metrics.paired import METHOD, Paired
from twinlet_export.mixed.bench import Bench, Try
from twinlet_export.mixed.judging import Samples
from twinlet_export.mixed.search import Clock, Found


def not_searched(reason: str) -> dict[str, Any]:
    """Say why nothing was measured."""
    return {"summary": f"no layer was looked for: {reason}", "searched": False, "kept": []}


def nothing_lost(samples: Samples, loss: Paired) -> dict[str, Any]:
    """Say that there is nothing to recover."""
    return {
        "summary": f"int8 loses nothing that can be told apart: {_points(samples, loss)}",
        "searched": False,
        "kept": [],
        **_measured(samples, loss),
    }


def searched(bench: Bench, plain: Try, loss: Paired, found: Found, clock: Clock) -> dict[str, Any]:
    """Say what was kept and what it costs, or that nothing pays.

    Args:
        bench: With all tries.
        plain: The file without a layer in float.
        loss: FNMR of that one minus the twin's.
        found: How the search ended.
        clock: Of the search.
    """
    samples, layers = bench.samples, len(bench.layers)
    size = found.best.bytes / bench.reference_bytes
    if found.best.kept:
        summary = (
            f"{len(found.best.kept)} of {layers} layers in float: {_points(samples, loss)}, "
            f"became {_interval(found.loss)}; {size:.3f} of the bytes of the fp32 file (int8 "
            f"alone {plain.bytes / bench.reference_bytes:.3f}), {found.best.latency:.2f} of its "
            f"latency (int8 alone {plain.latency:.2f})"
        )
    else:
        summary = f"no layer in float pays: {_points(samples, loss)}"
    if found.ranked < layers:
        summary += f"; time ran out after {found.ranked} of {layers} layers"
    if bench.failed:
        summary += f"; could not be tried: {', '.join(bench.failed)}"
    return {
        "summary": summary,
        "searched": True,
        "kept": bench.in_order(found.best.kept),
        **_measured(samples, loss),
        "loss_mixed": found.loss.to_json(),
        "int8": bench.to_json(plain),
        "mixed": bench.to_json(found.best),
        "fp32_bytes": bench.reference_bytes,
        "layers": layers,
        "ranked": found.ranked,
        "steps": found.steps,
        "tries": [bench.to_json(each) for each in bench.tries],
        "failed": dict(bench.failed),
        "seconds": round(clock.seconds, 1),
    }


def _measured(samples: Samples, loss: Paired) -> dict[str, Any]:
    return {
        "target": samples.confirming.target,
        "images": {
            "ranking": len(samples.ranking.labels),
            "confirming": len(samples.confirming.labels),
        },
        "loss": loss.to_json(),
        "intervals": METHOD,
    }


def _points(samples: Samples, loss: Paired) -> str:
    return (
        f"FNMR at FMR {100 * samples.confirming.target:g} % beside the twin's, on "
        f"{len(samples.confirming.labels)} validation images, {_interval(loss)} points"
    )


def _interval(loss: Paired) -> str:
    low, high = loss.interval
    return f"{100 * loss.value:+.1f} ({100 * low:.1f} to {100 * high:.1f})"
