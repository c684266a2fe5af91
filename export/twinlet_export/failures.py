"""What is said when a converter fails."""

from twinlet.errors import ParityError


def converter_failed(what: str, error: Exception) -> ParityError:
    """Word the failure of a converter, whose exception may be anything that its C++ side throws.

    Args:
        what: Was being made: a file, and the layers where it matters.
        error: What the converter raised.
    """
    first_line = (str(error).strip() or "no message").splitlines()[0]
    return ParityError(f"the converter of {what} failed: {type(error).__name__}: {first_line}")
