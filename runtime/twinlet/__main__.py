"""`python -m twinlet` is the `twinlet` command."""

import sys

from twinlet.cli import main

if __name__ == "__main__":
    sys.exit(main())
