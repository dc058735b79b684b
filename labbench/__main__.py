"""`python -m labbench`: the same as the command `labbench`."""

import sys

from labbench.cli import main

if __name__ == "__main__":
    sys.exit(main())
