"""What similarities are worth as evidence, and whether predicted probabilities came true."""

import html
import math

from twinlet.bundle import FileEntry, Manifest
from twinlet.encodings import Pairing
from twinlet_export.report.plots import reliability_plot
from twinlet_export.report.tables import percent, table

_TEMPLATES = {
    Pairing.FLOAT32: "float32",
    Pairing.CROSS: "float32 with int8",
    Pairing.INT8: "int8",
}


def evidence_section(manifest: Manifest) -> str:
    """Reliability and Cllr of each file that has log-likelihood ratios; empty when none has.

    Args:
        manifest: Of the bundle.

    Returns:
        HTML: a drawing, a table of costs, and the counts behind the drawing folded away.
    """
    files = {
        name: entry
        for name, entry in manifest.files.items()
        if entry.likelihood and "reliability" in entry.curves
    }
    if not files:
        return ""
    methods = {entry.likelihood[Pairing.FLOAT32].method for entry in files.values()}
    return "\n".join(
        [
            "<h2>Evidence</h2>",
            "<p>A similarity is no probability. Each file turns it into a log-likelihood ratio, "
            "fitted on the calibration part; with a prior, how often two images that are compared "
            "show the same, that gives a probability. On the test part, with as many pairs of the "
            "same as of different ones, the share of the same should be the predicted one.</p>",
            f"<figure>{reliability_plot(files)}</figure>",
            "<p>Cllr is the cost of the ratios in bits a comparison, on the test part: 0 is always "
            "certain and right, 1 tells nothing. The least is what the best calibration, fitted "
            "on the test part itself, would leave; the rest is lost in the calibration.</p>",
            _costs(files),
            f"<p class='dim'>{'<br>'.join(html.escape(method) for method in sorted(methods))}.</p>",
            *(_counts(name, entry) for name, entry in files.items()),
        ]
    )


def _costs(files: dict[str, FileEntry]) -> str:
    head = (
        "file",
        "templates",
        "Cllr",
        "the least",
        "lost in calibration",
        "likelihood ratios",
    )
    rows = []
    for name, entry in files.items():
        for index, (pairing, likelihood) in enumerate(entry.likelihood.items()):
            lowest, highest = likelihood.knots[0][1], likelihood.knots[-1][1]
            rows.append(
                (
                    f"<b>{html.escape(name)}</b>" if index == 0 else "",
                    _TEMPLATES[pairing],
                    f"{likelihood.cllr:.4f}",
                    f"{likelihood.cllr_min:.4f}",
                    f"{likelihood.cllr - likelihood.cllr_min:.4f}",
                    f"{_ratio(lowest)} to {_ratio(highest)}",
                )
            )
    return table(head, rows)


def _ratio(log_ratio: float) -> str:
    """Write a likelihood ratio: 625, or 1/24 for what speaks against."""
    size = f"{math.exp(abs(log_ratio)):,.0f}"
    return size if log_ratio >= 0.0 else f"1/{size}"


def _counts(name: str, entry: FileEntry) -> str:
    groups = entry.curves["reliability"]
    rows = zip(
        *(groups[key] for key in ("predicted", "observed", "mated", "non_mated")), strict=True
    )
    body = table(
        ("predicted", "observed", "comparisons of the same", "of different ones"),
        (
            (percent(predicted), percent(observed), f"{mated:,}", f"{non_mated:,}")
            for predicted, observed, mated, non_mated in rows
        ),
    )
    return f"<details><summary>{html.escape(name)}, by prediction</summary>{body}</details>"
