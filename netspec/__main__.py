"""`python -m netspec` does what the command `netspec` does."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
