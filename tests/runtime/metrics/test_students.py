import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics.students import student_quantile


@pytest.mark.parametrize("freedom", [1, 2, 4.5, 9, 99, 10_000])
@pytest.mark.parametrize("probability", [0.001, 0.05, 0.5, 0.8, 0.95, 0.999])
def test_the_quantile_is_scipys(probability, freedom):
    student = pytest.importorskip("scipy.stats").t
    expected = student.ppf(probability, freedom)
    assert student_quantile(probability, freedom) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("probability", "freedom"), [(0.0, 3), (1.0, 3), (float("nan"), 3), (0.9, 0), (0.9, -1)]
)
def test_numbers_outside_their_range_are_refused(probability, freedom):
    with pytest.raises(InvalidInputError, match="degrees of freedom"):
        student_quantile(probability, freedom)
