"""Markdown tables of result files, and where their numbers come from."""

import json
import statistics
from typing import Any

from commandline import RESULTS

PEER_PACKAGES = ("torch", "pytorch-metric-learning")


def load(name: str) -> dict[str, Any]:
    """Read a result file."""
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def share(rate: float) -> str:
    """A rate in percent."""
    return f"{100 * rate:.1f} %"


def interval(value: float, bounds: list[float]) -> str:
    """A rate, or a difference of rates, in percent with its 95 % interval."""
    # Rounded first: what rounds to nothing has no sign.
    middle, low, high = (round(100 * one, 2) + 0.0 for one in (value, *bounds))
    return f"{middle:.2f} % ({low:.2f} to {high:.2f})"


def spread(values: list[float], digits: int) -> str:
    """The mean, and from where to where several seeds went."""
    mean = f"{statistics.fmean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def grid(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def source(result: dict[str, Any], name: str) -> str:
    """Where a table's numbers come from."""
    machine, versions = result["machine"], result["versions"]
    processor = " with ".join(machine[key] for key in ("processor", "vectors") if key in machine)
    seeds = result.get("seeds") or tried_seeds(result) or [result.get("seed", 0)]
    named = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
    peers: dict[str, str] = next(
        (
            run["versions"]
            for contender in result.get("contenders", {}).values()
            for run in contender["runs"].values()
            if "versions" in run
        ),
        {},
    )
    others = "".join(f", {package} {peers[package]}" for package in PEER_PACKAGES if peers)
    return (
        f"\n\n<sub>`benchmarks/results/{name}.json`, {result['date']}, {processor}, "
        f"{machine['cores']} cores; tensorflow {versions['tensorflow']}, keras "
        f"{versions['keras']}, onnxruntime {versions['onnxruntime']}, ai-edge-litert "
        f"{versions['ai-edge-litert']}{others}; {named}; made by `{result['command']}`</sub>"
    )


def tried_seeds(result: dict[str, Any]) -> list[int]:
    """Seeds of a `training.py` result, whichever recipes they were for."""
    recipes = result.get("recipes", {}).values()
    return sorted({int(seed) for recipe in recipes for seed in recipe.get("runs", {})})
