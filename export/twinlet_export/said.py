"""What Keras says of a model that it cannot load, in one line."""

import re

LAMBDA = "it has a Lambda layer, whose Python code is never run from a file"


def what_keras_said(error: Exception) -> str:
    """The line of Keras' message that names the layer, or else its first one."""
    if "`Lambda`" in str(error) and "safe_mode" in str(error):  # which no option here sets
        return LAMBDA
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    for line in lines:
        if found := re.search(r"Could not locate (class|function) .*?(?=\. Make sure|$)", line):
            return found.group()
    return lines[0] if lines else type(error).__name__
