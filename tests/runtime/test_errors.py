import pytest

from twinlet import errors


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidInputError, ValueError),
        (errors.MissingExtraError, ImportError),
        (errors.BundleError, ValueError),
        (errors.CalibrationError, ValueError),
        (errors.ParityError, RuntimeError),
        (errors.GalleryError, RuntimeError),
    ],
)
def test_every_kind_is_caught_as_ours_and_as_the_builtin(kind, builtin):
    for caught in (errors.TwinletError, builtin):
        with pytest.raises(caught, match=r"^what happened$"):
            raise kind("what happened")


def test_a_missing_extra_is_not_an_invalid_input():
    assert not issubclass(errors.MissingExtraError, errors.InvalidInputError)
