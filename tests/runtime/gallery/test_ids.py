"""What an identity may be called."""

import pytest

from twinlet import InvalidInputError
from twinlet.gallery.ids import MAX_ID, check_id


@pytest.mark.parametrize("identity", ["a", "Åsa Öberg", "李雷", "x" * MAX_ID])
def test_printable_text_is_an_id(identity):
    check_id(identity)


@pytest.mark.parametrize("identity", ["", " ada", "ada\n", "\udc80", "x" * (MAX_ID + 1), 5])
def test_an_unusable_id_is_refused_with_what_is_expected(identity):
    with pytest.raises(InvalidInputError) as caught:
        check_id(identity)
    assert str(caught.value) == (
        f"cannot enrol under the id {identity!r}; expected printable text of 1 to 200 characters "
        f"without space at its ends"
    )
