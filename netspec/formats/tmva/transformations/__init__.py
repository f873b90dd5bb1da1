"""<Transformations>: what is done to the variables before the network, and to targets after it.

    Normalize      normalize      Gauss, Uniform   gauss         Rearrange   rearrange
    Decorrelation  decorrelation  PCA              pca

A file each, `kind` says what they have in common and `kinds` finds them. There is an entry for
each class and, where there are two classes or more, one for all together. The class of an event is
not known when a network is applied: TMVA takes the last entry, and so does netspec; the others are
kept as text.

What is done to variables is a layer before the network, in the order of the file; what is done to
targets is a layer after it, with `inverse: true`, in the opposite order. ROOT itself undoes only
the first of several. What is done to spectators reaches no output and is kept as text.
"""

from .reading import Transforms, read
from .rows import rows_of, text_of
from .writing import add, read_otherwise

__all__ = ["Transforms", "add", "read", "read_otherwise", "rows_of", "text_of"]
