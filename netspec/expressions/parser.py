"""From a text to a tree: an operator that binds tighter stands further down.

    ?:   ||   &&   == != < <= > >=   + -   * / %   + - ! before an operand   ^ **

from loose to tight. `-x^2` is -(x^2), `2^-1` one half; + - * / go from left to right, ?: from right
to left. What C and ROOT read in different ways is refused.
"""

from __future__ import annotations

from math import inf
from typing import Final, NoReturn

from ..errors import DataError, nearest
from .functions import CONSTANTS, FUNCTIONS
from .tokens import Token, fault, shown, tokens
from .tree import Binary, Call, Choice, Name, Number, Tree, Unary, depth

DEEPEST: Final = 40  # brackets, choices and calls inside of each other
LONGEST_CHAIN: Final = 200  # operators of a tree below each other
LONGEST_INDEX: Final = 9  # digits

COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")
LEVELS: Final = (("||",), ("&&",), COMPARISONS, ("+", "-"), ("*", "/", "%"))
BINDING: Final = {sign: number for number, signs in enumerate(LEVELS) for sign in signs}
ARRAY_WORDS: Final = ("Length$", "Sum$", "Min$", "Max$")
POWERS: Final = ("^", "**")


def parse(text: str) -> Tree:
    """Give the tree of an expression.

    Raises DataError, in one sentence with the column, for what is none.

    >>> parse("-x^2")
    Unary(operator='-', operand=Binary(operator='^', left=Name(text='x'), right=Number(value=2.0)))
    """
    tree = _Parser(text).whole()
    if depth(tree) > LONGEST_CHAIN:
        raise DataError(
            f"{shown(text)}: wanted at most {LONGEST_CHAIN} operators in a row, found more"
        )
    return tree


def _under(signs: list[str], tree: Tree) -> Tree:
    """Put signs before a tree, the last one next to it."""
    for sign in reversed(signs):
        tree = Unary(sign, tree)
    return tree


class _Parser:
    """A text on its way to a tree: its words, and how far it has come."""

    def __init__(self, text: str) -> None:
        self.text, self.words, self.at, self.depth = text, list(tokens(text)), 0, 0

    @property
    def next(self) -> Token:
        """The word that comes now."""
        return self.words[self.at]

    def whole(self) -> Tree:
        """Read all of it."""
        tree = self.expression()
        if self.next.kind != "end":
            raise self.wanted("an operator or the end")
        return tree

    def expression(self) -> Tree:
        """Read a choice, or what binds tighter."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise fault(self.text, self.next.column, f"wanted at most {DEEPEST} levels of brackets")
        tree = self.binary(0)
        if self.took("?"):
            yes = self.expression()
            self.must(":")
            tree = Choice(tree, yes, self.expression())
        self.depth -= 1
        return tree

    def binary(self, loosest: int) -> Tree:
        """Read operands and the operators between them that bind at least so tightly."""
        bare = self.next.text == "!"
        tree, before = self.unary(), "!" if bare else ""
        while self.next.kind == "sign" and BINDING.get(self.next.text, -1) >= loosest:
            sign = self.next
            self.agreed(before, sign)
            self.at += 1
            tree = Binary(sign.text, tree, self.binary(BINDING[sign.text] + 1))
            before = sign.text
        return tree

    def agreed(self, before: str, sign: Token) -> None:
        """Refuse two operators in a row that C and ROOT bind in different ways."""
        comparisons = sign.text in COMPARISONS and before in (*COMPARISONS, "!")
        if comparisons or (before == "%" and BINDING[sign.text] == BINDING["%"]):
            self.unclear(before, sign)

    def unclear(self, before: str, sign: Token) -> NoReturn:
        """Refuse two operators of which either may go first."""
        raise fault(
            self.text,
            sign.column,
            f"wanted brackets that say whether {before} or {sign.text} goes first,"
            " where C and ROOT do not agree",
        )

    def signs(self) -> list[str]:
        """Go past the signs before an operand."""
        signs = []
        while self.next.kind == "sign" and self.next.text in ("+", "-", "!"):
            signs.append(self.next.text)
            self.at += 1
        return signs

    def unary(self) -> Tree:
        """Read an operand with the signs before it and the power behind it."""
        signs = self.signs()
        base = self.operand()
        if self.next.text not in POWERS:
            return _under(signs, base)
        if "!" in signs:
            self.unclear("!", self.next)
        self.at += 1
        inner = self.signs()
        exponent = _under(inner, self.operand())
        if self.next.text in POWERS:
            raise fault(
                self.text,
                self.next.column,
                "wanted brackets that say which power goes first: a^b^c is read in two ways",
            )
        return _under(signs, Binary("^", base, exponent))

    def operand(self) -> Tree:
        """Read a number, a name, a call, or what stands in brackets."""
        word = self.next
        if word.kind == "number":
            self.at += 1
            return self.number(word)
        if word.kind == "name":
            self.at += 1
            if word.text.endswith("$"):
                return self.of_array(word)
            return self.called(word) if self.next.text == "(" else self.named(word)
        if self.took("("):
            tree = self.expression()
            self.must(")")
            return tree
        raise self.wanted("a number, a name or a bracket")

    def number(self, word: Token) -> Number:
        """Give a number; an infinite one is refused."""
        try:
            value = float(int(word.text, 16) if word.text[:2] in ("0x", "0X") else word.text)
        except OverflowError:
            value = inf
        if value == inf:
            raise fault(self.text, word.column, "wanted a number below 1.8e308, found a larger one")
        return Number(value)

    def of_array(self, word: Token) -> Tree:
        """Read what is told of a whole array, `Length$(jet_pt)`: a name of its own."""
        if word.text not in ARRAY_WORDS:
            raise fault(
                self.text,
                word.column,
                f"there is no {shown(word.text)}{nearest(word.text, ARRAY_WORDS)}",
            )
        self.must("(")
        name = self.next
        self.at += name.kind == "name"
        if name.kind != "name" or not isinstance(array := self.named(name), Name):
            raise self.wanted("the name of an array")
        self.must(")")
        return Name(f"{word.text}({array.text})")

    def called(self, word: Token) -> Tree:
        """Read the arguments of a function, or the empty brackets of a constant."""
        self.at += 1
        arguments = []
        if not self.took(")"):
            arguments.append(self.expression())
            while self.took(","):
                arguments.append(self.expression())
            self.must(")")
        constant = word.text in CONSTANTS and "::" in word.text
        if constant and not arguments:
            return Number(CONSTANTS[word.text])
        if word.text not in FUNCTIONS and not constant:
            known = {*FUNCTIONS, *(name for name in CONSTANTS if "::" in name)}
            raise fault(
                self.text,
                word.column,
                f"there is no function {shown(word.text)}{nearest(word.text, known)}",
            )
        wanted = 0 if constant else FUNCTIONS[word.text].arguments
        if len(arguments) != wanted:
            raise fault(
                self.text,
                word.column,
                f"{word.text}: wanted {wanted} argument{'s'[: wanted != 1]},"
                f" found {len(arguments)}",
            )
        return Call(word.text, tuple(arguments))

    def named(self, word: Token) -> Tree:
        """Read a name with its members and indices; `pi` is a number."""
        text = word.text
        while self.next.kind == "sign" and self.next.text in (".", "["):
            if self.took("."):
                if self.next.kind != "name":
                    raise self.wanted("the name of a member")
                text += f".{self.next.text}"
                self.at += 1
                continue
            self.at += 1
            if self.next.kind != "number" or not self.next.text.isdecimal():
                raise self.wanted("a whole number as an index")
            if len(self.next.text) > LONGEST_INDEX:
                raise self.wanted(f"an index of at most {LONGEST_INDEX} digits")
            text += f"[{int(self.next.text)}]"
            self.at += 1
            self.must("]")
        return Number(CONSTANTS[text]) if text in CONSTANTS and "::" not in text else Name(text)

    def took(self, sign: str) -> bool:
        """Go past a sign, if it comes now."""
        found = self.next.kind == "sign" and self.next.text == sign
        self.at += found
        return found

    def must(self, sign: str) -> None:
        """Go past a sign that has to come now."""
        if not self.took(sign):
            raise self.wanted(repr(sign))

    def wanted(self, what: str) -> DataError:
        """Give the error of another word in the place of what is wanted."""
        found = "the end" if self.next.kind == "end" else shown(self.next.text)
        return fault(self.text, self.next.column, f"wanted {what}, found {found}")
