"""`python -m netspec` does what the command `netspec` does."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
