"""`TMVA.Tools.Instance()`, with which scripts begin: it loads TMVA's library, and here nothing."""

from __future__ import annotations

from typing import Self


class Tools:
    """What TMVA keeps once for all; netspec has nothing to keep."""

    @classmethod
    def Instance(cls) -> Self:
        """Give the tools."""
        return cls()
