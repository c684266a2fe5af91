"""The numbers of a bundle as HTML tables."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twinlet.bundle import FileEntry, Manifest

NOTHING_KNOWN = 1.0  # an upper bound of a rate that says nothing


def percent(share: float) -> str:
    """Write a share of 1: two digits after the point, more where it would read 0."""
    value = 100 * share
    return f"{value:.2f} %" if value >= 0.01 or value == 0 else f"{value:.2g} %"


def files_table(manifest: Manifest) -> str:
    """One row a file: size, likeness to the twin, error rates at the default FMR."""
    head = (
        "file",
        "engine",
        "size",
        "cosine to Keras",
        "same decisions",
        "AUC",
        "EER",
        "recall@1",
        f"FNMR at FMR {100 * manifest.default_fmr:g} %",
    )
    rows = []
    for name, entry in manifest.files.items():
        rows.append(
            (
                f"<b>{html.escape(name)}</b>",
                html.escape(entry.engine),
                f"{entry.bytes / 1e6:.2f} MB",
                _parity(entry, "cosine_median", "{:.5f}"),
                _parity(entry, "decision_agreement", "{:.2%}"),
                f"{entry.evaluation['auc']:.4f}",
                percent(entry.evaluation["eer"]),
                percent(entry.evaluation["recall_at_1"]),
                _misses(entry, manifest.default_fmr),
            )
        )
    return table(head, rows)


def _misses(entry: FileEntry, target: float) -> str:
    """FNMR at one rate; a dash where nothing was measured there."""
    for point in entry.operating_points:
        if point.target == target:
            low, high = point.fnmr_interval
            return f"{percent(point.fnmr)} <small>[{percent(low)} &ndash; {percent(high)}]</small>"
    return "&ndash;"


def promises_table(manifest: Manifest) -> str:
    """One row a file and target: the threshold, what it promises, what the test part gave."""
    head = (
        "file",
        "target FMR",
        "threshold",
        "bound on the calibration part",
        "FMR measured on the test part",
        "promise",
        "FNMR on the test part",
    )
    rows = []
    for name, entry in manifest.files.items():
        for index, point in enumerate(entry.operating_points):
            measured = entry.evaluation["fmr"][f"{point.target:g}"]
            rows.append(
                (
                    f"<b>{html.escape(name)}</b>" if index == 0 else "",
                    f"{100 * point.target:g} %",
                    f"{100 * point.threshold:.2f} %",
                    "none: point estimate"
                    if point.fmr_upper is None
                    else f"&le; {percent(point.fmr_upper)}",
                    percent(measured["fmr"]),
                    _verdict(entry, point.target, measured),
                    percent(point.fnmr),
                )
            )
    return table(head, rows)


def _verdict(entry: FileEntry, target: float, measured: Mapping[str, Any]) -> str:
    if not entry.calibration.promised:
        return "nothing promised"
    if entry.recalibrated:
        return "not tested: the same comparisons"
    return promise(target, measured["fmr"], measured.get("fmr_upper", NOTHING_KNOWN))


def facts(pairs: Mapping[str, str]) -> str:
    """A list of names and values; both are escaped."""
    items = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
        for name, value in pairs.items()
    )
    return f"<dl>{items}</dl>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    titles = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def promise(target: float, measured: float, upper: float) -> str:
    """Say whether a target holds where it was measured, never more surely than the data do.

    Args:
        target: False Match Rate that was promised, in (0, 1).
        measured: On the test part, in [0, 1].
        upper: One-sided 95 % upper bound of it that knows which comparisons share an identity or
            an image (`twinlet.metrics.clustered_upper`); 1 where nothing can be said.

    Returns:
        HTML. "kept" as `twinlet evaluate` says inside; "exceeded" only where it says violated.
    """
    if upper <= target:
        return '<span class="kept">kept</span>'
    if measured <= target:
        return "kept as measured; not enough data to be sure"
    # A bundle holds no lower bound, but one of the same making lies no farther below a rate than
    # the upper one above it, up to a rate of one half; for more than that, one half is taken.
    if 2.0 * min(measured, 0.5) - upper > target:
        return '<span class="broken">exceeded</span>'
    return "above as measured; whether by chance, <code>twinlet evaluate</code> says"


def _parity(entry: FileEntry, key: str, form: str) -> str:
    value = entry.parity.get(key)
    return form.format(value) if isinstance(value, int | float) else "&ndash;"
