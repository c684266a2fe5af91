"""What a report says of thresholds that were calibrated anew, by whoever uses the bundle."""

import html
from dataclasses import replace

from twinlet.bundle import Manifest
from twinlet.errors import InvalidInputError


def measured_files(manifest: Manifest) -> Manifest:
    """Leave out files without error rates: calibrated on one template an identity.

    Raises:
        InvalidInputError: No file has any.
    """
    files = {name: entry for name, entry in manifest.files.items() if entry.operating_points}
    if not files:
        raise InvalidInputError(
            "no file of this bundle has error rates to draw: it was calibrated anew on data "
            "without two images of an identity; report on the bundle as it was shipped"
        )
    return replace(manifest, files=files)


def recalibrated_section(manifest: Manifest) -> str:
    """A paragraph on the last calibration after the export; empty where there was none."""
    steps = manifest.provenance.get("recalibrations")
    if not isinstance(steps, list) or not steps or not isinstance(steps[-1], dict):
        return ""
    step = steps[-1]
    unmeasured = [name for name, entry in manifest.files.items() if not entry.operating_points]
    sentences = [
        f"Calibrated anew on {step.get('date', '')}: {step.get('protocol', '')}.",
        f"Thresholds and error rates of {_listed(step.get('files'))} are of these comparisons; "
        f"where this page speaks of a calibration or test part, they are both.",
    ]
    if step.get("kept_as_shipped"):
        sentences.append(f"As shipped: {_listed(step['kept_as_shipped'])}.")
    if step.get("lowered"):
        sentences.append("Some thresholds are lower than the shipped ones, which was asked for.")
    if unmeasured:
        sentences.append(f"Without error rates, and not shown: {', '.join(unmeasured)}.")
    return f"<p><b>{html.escape(' '.join(sentences))}</b></p>"


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, list) else ""
