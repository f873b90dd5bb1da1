"""What a spec says of transformations: which variables they are for, which layers they are.

selections    from `N(_V3_,pt)` to positions
front         the layers in front of a network that are transformations
"""

from .front import in_front, of_targets
from .selections import Chosen, Signature, check

__all__ = ["Chosen", "Signature", "check", "in_front", "of_targets"]
