"""`python -m netspec.bench` does what `netspec bench` does."""

import sys
from runpy import run_module

if __name__ == "__main__":
    sys.argv.insert(1, "bench")
    run_module("netspec", run_name="__main__", alter_sys=True)
