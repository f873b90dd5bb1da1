"""Expressions of a tree's variables, `sqrt(pow(px, 2) + pow(py, 2))`, as TTree::Draw reads them.

    tree = parse("sqrt(px*px + py*py)")            parser.py
    names(tree)                                    ("px", "py"): what it is computed from
    evaluate(tree, {"px": px, "py": py})           evaluation.py: float64, all events at once

The language is that of ROOT's TTreeFormula: numbers, names with members and indices
(`real_cut[0].fCoordinates.fY`), `Length$(x)`, `Sum$(x)`, `Min$(x)` and `Max$(x)` of an array x,
+ - * / % ^ **, comparisons, && || !, ?:, brackets and functions.
Nothing is handed to an interpreter: a text becomes a tree of small records, or an error.

The meaning is TTreeFormula's too, as far as a plain reader would not be surprised by it, because
the variables that a network was trained on were computed by it: x / 0 is 0, sqrt(x) the root of
|x|, log and log10 of 0 and less are 0 (of a NaN, where ROOT has 0, too, they are NaN), and so are
asin, acos and acosh outside of their range; the functions of `TMath::` and `std::` are C's own.
What ROOT and C read in different ways,
`a < b == c`, `a % b * c`, `!a ^ b` or `a ^ b ^ c`, is refused: brackets say what is meant.
"""

from __future__ import annotations

from .evaluation import evaluate
from .parser import parse
from .tree import Tree, names

__all__ = ["Tree", "evaluate", "names", "parse"]
