"""What an identity may be called."""

from twinlet.errors import InvalidInputError

MAX_ID = 200  # characters


def check_id(identity: str) -> None:
    """Refuse an id that nobody can be enrolled under.

    Args:
        identity: Printable text of 1 to 200 characters, without space at its ends.

    Raises:
        InvalidInputError: It is not.
    """
    usable = isinstance(identity, str) and identity.isprintable() and identity.strip() == identity
    if not usable or not 1 <= len(identity) <= MAX_ID:
        raise InvalidInputError(
            f"cannot enrol under the id {identity!r}; expected printable text of 1 to {MAX_ID} "
            f"characters without space at its ends"
        )
