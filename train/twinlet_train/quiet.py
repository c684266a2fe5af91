"""Keep TensorFlow's start-up lines out of what a user has to read."""

import os


def before_tensorflow() -> None:
    """Ask TensorFlow, if it is not imported yet, to log warnings and errors only.

    Its C++ side writes lines about CUDA and oneDNN for every process.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
