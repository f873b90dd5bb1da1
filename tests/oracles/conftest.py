"""The scripts here import torch, which few machines have: they are no home of doctests."""

collect_ignore_glob = ["*.py"]
