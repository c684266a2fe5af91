"""What one file's similarities are worth as evidence, and whether that comes true."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from twinlet.calibration import Calibration
from twinlet.likelihood import Likelihood
from twinlet.metrics import Comparisons, Independent, Reliability, Unit, reliability
from twinlet.weighing import independent_comparisons, weigh


@dataclass(frozen=True, eq=False)
class Evidence:
    """Log-likelihood ratios of one file's float32 templates."""

    likelihood: Likelihood  # fitted on the calibration part, measured on the test part
    reliability: Reliability  # on the test part
    independent: Independent  # comparisons of the calibration part

    @classmethod
    def measure(
        cls,
        calibrating: Comparisons,
        testing: Comparisons,
        calibration: Calibration,
        *,
        labels: ArrayLike,
        unit: Unit,
    ) -> "Evidence":
        """Fit log-likelihood ratios on the calibration part, and try them on the test part.

        Args:
            calibrating: Of the calibration part.
            testing: Of the test part.
            calibration: Of the file; the lowest rate it promises bounds the ratios.
            labels: Identities (n,) of the calibration part.
            unit: Who the promise is about.
        """
        independent = independent_comparisons(labels, calibration, unit=unit)
        likelihood = weigh(calibrating, testing, independent)
        return cls(likelihood, reliability(testing, likelihood.log_ratios), independent)
