"""Tables of how promised False Match Rates held on real images."""

import statistics
from typing import Any

from tabulating import grid, load, source

NAMED = {
    "twinlet": "twinlet's bound",
    "independent": "Clopper-Pearson, as if independent",
    "quantile": "quantile of the scores",
    "roc_curve": "scikit-learn's `roc_curve`",
}


def promises() -> str:
    """How often each way of choosing a threshold held a target, over files and splits."""
    result = load("promises")
    rows = []
    for data, entry in result["data"].items():
        for target, methods in entry["summary"].items():
            rows.append(
                [
                    f"`{data}`, {len(entry['files'])} files x {entry['splits']} splits",
                    f"{100 * float(target):g} %",
                    *(_held(methods[method]) for method in NAMED),
                ]
            )
    return grid(["data", "target FMR", *NAMED.values()], rows) + source(result, "promises")


def promised_files() -> str:
    """Each file's threshold, promise and measured rates; means over the splits."""
    result = load("promises")
    rows = [
        _row(data, name, target, outcome)
        for data, entry in result["data"].items()
        for name, file in entry["files"].items()
        for target, outcome in file.items()
        if outcome["given"]["twinlet"]
    ]
    head = ["data, file", "target FMR", "threshold", "promised bound", "FMR measured, mean"]
    head += ["highest", "held", "FNMR measured"]
    return grid(head, rows) + source(result, "promises")


def _row(data: str, name: str, target: str, outcome: dict[str, Any]) -> list[str]:
    given = [one["twinlet"] for one in outcome["splits"] if one["twinlet"]["fmr"] is not None]
    bound, measured = ([one[key] for one in given] for key in ("bound", "fmr"))
    mean = outcome["mean"]["twinlet"]
    return [
        f"`{data}`, `{name}`",
        f"{100 * float(target):g} %",
        f"{mean['threshold']:.4f}",
        f"{100 * statistics.fmean(bound):.3f} %",
        f"{100 * statistics.fmean(measured):.3f} %",
        f"{100 * max(measured):.3f} %",
        f"{outcome['held']['twinlet']} of {outcome['given']['twinlet']}",
        f"{100 * mean['fnmr']:.2f} %",
    ]


def _held(method: dict[str, int]) -> str:
    if not method["given"]:
        return "refused"
    return f"{method['held']} of {method['given']}"
