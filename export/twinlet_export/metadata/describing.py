"""What is said of a file, whatever its format."""

import json
from dataclasses import asdict, dataclass

from twinlet.calibration import Calibration

CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True)
class Description:
    """A file of a bundle, for readers that see the file alone."""

    name: str  # of the file, one of `twinlet.bundle.FILE_NAMES`
    bundle_id: str  # digest of the twin
    color: str  # RGB or L
    embedding_size: int
    calibration: Calibration

    @property
    def text(self) -> str:
        """What the file computes and how its output is compared, for a person."""
        points = self.calibration.supported
        return (
            f"Embeds an image for comparison: uint8 {self.color} pixels to {self.embedding_size} "
            f"numbers. Divide each embedding by its Euclidean length; similarity is "
            f"1 - arccos(dot product) / pi. Thresholds for False Match Rates from "
            f"{points[0].fmr:.3g} to {points[-1].fmr:.3g} are in {CALIBRATION_FILE}, for this "
            f"file only. Made by twinlet."
        )

    @property
    def input_text(self) -> str:
        """What goes in."""
        return f"{self.color} pixels of 0 to 255, taken as they are; normalisation is inside."

    @property
    def output_text(self) -> str:
        """What comes out."""
        return "Raw embedding, not yet of length 1."

    @property
    def calibration_json(self) -> str:
        """The file's calibration, as in the manifest of its bundle."""
        content = {
            "bundle_id": self.bundle_id,
            "file": self.name,
            "calibration": asdict(self.calibration),
        }
        return json.dumps(content, indent=1, allow_nan=False) + "\n"
