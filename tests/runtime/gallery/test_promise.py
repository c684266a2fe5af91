"""Do calibrated searches hold their FPIR? A small version of benchmarks/one_to_many.py.

Made-up templates of identities that differ in how much they look like everybody (a shared
direction), so that comparisons of an identity move together. Every world calibrates on its own
identities and searches a gallery of others for strangers.
"""

import numpy as np
import pytest

from twinlet import CalibrationError
from twinlet.calibrating import Source, fit
from twinlet.gallery.identification import most_templates, point_for_search
from twinlet.metrics import search_all
from twinlet.templates import normalise

SOURCE = Source(protocol="made up", data_fingerprint="")
EACH = 5


def drawn(rng, identities, each, d=24):
    """Templates and labels; the first direction is what everybody shares, some more than others."""
    labels = np.repeat(np.arange(identities), each)
    own = rng.normal(size=(identities, d))
    own[:, 0] += rng.gamma(2.0, 0.5, identities)
    return normalise(own[labels] + 0.7 * rng.normal(size=(len(labels), d))), labels


def searched(rng, enrolled):
    templates, labels = drawn(rng, enrolled, EACH)
    probes, others = drawn(rng, 400, 1)
    return search_all(probes, 1000 + others, templates, labels)


@pytest.mark.parametrize("enrolled", [1, 6])
def test_strangers_find_somebody_no_more_often_than_was_set(enrolled):
    fpir, rates = 0.2, []
    for seed in range(16):
        rng = np.random.default_rng([seed, enrolled])
        calibration = fit(*drawn(rng, 40, 6), [], unit="identity", source=SOURCE)
        point = point_for_search(fpir, enrolled * EACH, calibration)
        rates.append(np.mean([searched(rng, enrolled).fpir(point.threshold) for _ in range(6)]))
    # Six galleries are not all: of the rate they show, one world in 16 may be above by chance.
    assert np.sum(np.array(rates) > fpir) <= 1
    assert np.mean(rates) > fpir / 20  # and the promise is not kept by finding nobody


def test_a_threshold_for_one_template_is_too_low_for_a_gallery():
    """What the division by the number of templates is for."""
    rng = np.random.default_rng(0)
    calibration = fit(*drawn(rng, 40, 6), [], unit="identity", source=SOURCE)
    one = calibration.point_for(0.2).threshold
    assert np.mean([searched(rng, 6).fpir(one) for _ in range(6)]) > 0.3


def test_a_growing_gallery_is_refused_where_the_calibration_ends():
    calibration = fit(*drawn(np.random.default_rng(1), 40, 6), [], unit="identity", source=SOURCE)
    most = most_templates(0.05, calibration)
    thresholds = [point_for_search(0.05, n, calibration).threshold for n in range(1, most + 1)]
    assert thresholds == sorted(thresholds)
    with pytest.raises(CalibrationError, match=f"enrol {most} templates at most"):
        point_for_search(0.05, most + 1, calibration)
