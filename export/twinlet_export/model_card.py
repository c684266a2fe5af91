"""The bundle's README.md: what it is, what it was measured on, what it must not be used for."""

from collections.abc import Iterable, Mapping
from typing import Any

from twinlet.bundle import FileEntry


def model_card(
    files: Iterable[FileEntry],
    provenance: Mapping[str, Any],
    *,
    left_out: Mapping[str, str],
    refused: Mapping[str, str],
) -> str:
    """Write the card.

    Args:
        files: Of the bundle.
        provenance: See `twinlet_export.provenance`.
        left_out: File -> why it is not in the bundle.
        refused: Target False Match Rate -> why there is no threshold for it.

    Returns:
        Markdown.
    """
    entries = list(files)
    parts = [
        "# A twinlet bundle",
        "Compares two images: a small network turns each into a vector, and the angle between "
        "two vectors decides at a threshold that holds a chosen False Match Rate (FMR).",
        "## Data and protocol",
        f"- Data: `{provenance['data']}`, fingerprint `{provenance['data_fingerprint'][:16]}`, "
        f"{len(provenance['classes'])} classes: {', '.join(provenance['classes'][:20])}"
        f"{' ...' if len(provenance['classes']) > 20 else ''}\n"
        f"- Split: {provenance['protocol']}\n"
        f"- Thresholds: {entries[0].calibration.method}"
        + (
            f"; one-sided {entries[0].calibration.confidence:.0%} confidence"
            if entries[0].calibration.promised
            else ""
        )
        + "; fitted for every file on its own comparisons",
        "## Error rates on the test part",
        _table(entries),
        "FNMR: mated comparisons that are rejected, with its 95 % interval.",
    ]
    in_float = {
        f"`{entry.name}`": str(entry.mixed["summary"])
        for entry in entries
        if entry.mixed.get("kept")
    }
    if in_float:
        parts += ["## Layers in float", _bullets(in_float)]
    if left_out:
        parts += ["## Left out", _bullets(left_out)]
    if refused:
        parts += ["## Targets the data does not support", _bullets(refused)]
    if provenance["limits"]:
        parts += ["## Farther from or nearer to the twin than usual", _limits(provenance["limits"])]
    parts += ["## Limits", _LIMITS]
    return "\n\n".join(parts) + "\n"


_LIMITS = """\
- The error rates hold for images like those it was measured on. Measure on your own:
  `twinlet evaluate NAME.twin --data FOLDER`.
- A promise holds for people, things or classes as those of the calibration data. With the unit
  "image" it holds for other images of these very ones, and not for new ones.
- Templates of one file cannot be compared with those of another file or another bundle."""


def _table(entries: list[FileEntry]) -> str:
    """A row a file, a column for each target that any of them holds."""
    targets = list(dict.fromkeys(p.target for entry in entries for p in entry.operating_points))
    head = ["File", "MB", "AUC", "EER", *(f"FNMR at FMR {100 * t:g} %" for t in targets)]
    rows = [
        [
            f"`{entry.name}`",
            f"{entry.bytes / 1e6:.2f}",
            f"{entry.evaluation['auc']:.4f}",
            f"{100 * entry.evaluation['eer']:.2f} %",
            *(_misses(entry, target) for target in targets),
        ]
        for entry in entries
    ]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _misses(entry: FileEntry, target: float) -> str:
    """FNMR at one rate; a dash where the file does not hold it."""
    for point in entry.operating_points:
        if point.target == target:
            low, high = point.fnmr_interval
            return f"{100 * point.fnmr:.2f} % [{100 * low:.2f}, {100 * high:.2f}]"
    return "-"


def _limits(own: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """What whoever exported asked of the files instead of the usual limits."""
    return _bullets(
        {
            f"`{precision}`, {key} {found['value']:g}": found["reason"]
            for precision, table in own.items()
            for key, found in table.items()
        }
    )


def _bullets(reasons: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {reason}" for name, reason in reasons.items())
