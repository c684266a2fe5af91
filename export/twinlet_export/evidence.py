"""What one file's similarities are worth as evidence, and whether that comes true."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.calibration import Calibration
from twinlet.likelihood import Likelihood
from twinlet.metrics import Independent, Reliability, Unit, compare_all, reliability
from twinlet.weighing import independent_comparisons, weigh

Labelled = tuple[NDArray[np.float32], NDArray[np.int64]]  # templates (n, d), identities (n,)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Log-likelihood ratios of one file's float32 templates."""

    likelihood: Likelihood  # fitted on the calibration part, measured on the test part
    reliability: Reliability  # on the test part
    independent: Independent  # comparisons of the calibration part

    @classmethod
    def measure(
        cls, calibrating: Labelled, testing: Labelled, calibration: Calibration, *, unit: Unit
    ) -> "Evidence":
        """Fit log-likelihood ratios on the calibration part, and try them on the test part.

        Args:
            calibrating: Of the calibration part.
            testing: Of the test part.
            calibration: Of the file; the lowest rate it promises bounds the ratios.
            unit: Who the promise is about.
        """
        independent = independent_comparisons(calibrating[1], calibration, unit=unit)
        tested = compare_all(*testing)
        likelihood = weigh(compare_all(*calibrating), tested, independent)
        return cls(likelihood, reliability(tested, likelihood.log_ratios), independent)
