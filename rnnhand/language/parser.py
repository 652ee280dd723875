"""Tokens → tree: precedence climbing, one function a construct.

    comparison  <  + -  <  * / @  <  unary -  <  ^  <  .T  [index]  f(…)

Comparisons stand only in brackets, `[a > 0]`. `+` and `*` are n-ary, all else is binary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic, failure
from rnnhand.language import limits
from rnnhand.language.calls import placed
from rnnhand.language.lexer import START, Token, normal_name, tokens
from rnnhand.language.printer import text as text_of
from rnnhand.language.tree import (
    COMPARISONS,
    Apply,
    At,
    Expr,
    Index,
    Last,
    Number,
    Over,
    Ref,
    Shift,
    children,
)

SUM, PRODUCT, UNARY, POWER = 2, 3, 4, 5
BINARY = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "@": PRODUCT, "⊗": PRODUCT, "^": POWER}


@dataclass(frozen=True, slots=True)
class Statement:
    """`target = body`, as written."""

    target: Ref
    body: Expr


def parse_expression(
    text: str, adjoints: frozenset[str] = frozenset(), origin: Span = START
) -> Expr:
    """The tree of one expression. Raises `Failure` with the place and the likely fix."""
    return parse_tokens(tokens(text, adjoints, origin))


def parse_tokens(stream: Sequence[Token]) -> Expr:
    """The same of what was already taken apart."""
    parser = _Parser([t for t in stream if t.kind != "newline"])
    expr = parser.expression()
    parser.expect("end")
    _check_depth(expr)
    return expr


def parse_equations(
    text: str, adjoints: frozenset[str] = frozenset(), origin: Span = START
) -> tuple[Statement, ...]:
    """All equations of a text, one a line. Raises one `Failure` with the mistakes of all lines."""
    statements: list[Statement] = []
    wrong: list[Diagnostic] = []
    line: list[Token] = []
    for token in tokens(text, adjoints, origin, wrong):
        if token.kind not in ("newline", "end"):
            line.append(token)
            continue
        if line and all(t.kind != "bad" for t in line):
            try:
                statements.append(_statement([*line, Token("end", "", token.span)]))
            except Failure as error:
                wrong += error.diagnostics
        line = []
    if len(statements) > limits.EQUATIONS:
        wrong.append(diagnostic("too-many-equations", origin, limit=limits.EQUATIONS))
    if wrong:
        raise Failure(sorted(wrong, key=lambda d: d.span or origin))
    return tuple(statements)


def _statement(line: list[Token]) -> Statement:
    if not any(t.kind == "=" for t in line):
        raise failure("no-equals-sign", line[0].span, "hint-equation", found=line[0].text)
    parser = _Parser(line)
    target = parser.postfix()
    if not isinstance(target, Ref):
        call = line[1].kind == "("
        hint = "hint-index-brackets" if call and line[0].kind == "name" else "hint-target"
        raise failure("bad-target", line[0].span, hint, found=line[0].text)
    if isinstance(target.index, Shift) and target.index.offset:
        var = target.index.var
        raise failure(
            "shifted-target",
            target.span,
            "hint-shifted-target",
            found=text_of(target),
            name=target.name,
            var=var,
        )
    parser.expect("=")
    body = parser.expression()
    parser.expect("end")
    _check_depth(body)
    return Statement(target, body)


def _check_depth(expr: Expr) -> None:
    level = [expr]
    for _ in range(limits.DEPTH):
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise failure("too-deep", expr.span, limit=limits.DEPTH)


def _operation(operator: Token, operands: list[Expr]) -> Expr:
    spelling = "" if operator.text == operator.kind else operator.text
    return Apply(operator.kind, tuple(operands), operator.span, spelling)


class _Parser:
    """A cursor over the tokens of one expression or equation."""

    def __init__(self, stream: list[Token]) -> None:
        self.stream = stream
        self.place = 0
        self.nesting = 0

    @property
    def next(self) -> Token:
        return self.stream[self.place]

    def take(self) -> Token:
        token = self.stream[self.place]
        self.place += token.kind != "end"
        return token

    def expect(self, kind: str, opened: Token | None = None) -> Token:
        if self.next.kind == kind:
            return self.take()
        raise self.unexpected(kind, opened)

    def unexpected(self, wanted: str, opened: Token | None = None) -> Failure:
        token = self.next
        previous = self.stream[self.place - 1] if self.place else None
        if opened is not None and token.kind == "end":
            return failure("not-closed", opened.span, bracket=opened.text, wanted=wanted)
        if token.kind == "end":
            return failure("ends-early", token.span, "hint-operand")
        if token.kind == "=" and wanted != "=":
            return failure("second-equals", token.span, "hint-comparison")
        if token.kind in COMPARISONS:
            return failure("bare-comparison", token.span, "hint-indicator", found=token.text)
        if token.kind == "," and previous and previous.kind == "number":
            return failure("stray-comma", token.span, "hint-decimal-point")
        if token.kind in (")", "]") and opened is not None:
            return failure(
                "wrong-bracket", token.span, found=token.text, opened=opened.text, wanted=wanted
            )
        if token.kind in (")", "]"):
            return failure("not-opened", token.span, bracket=token.text)
        if (
            previous
            and previous.kind in ("number", "name", ")", "]", "adjoint")
            and (token.kind in ("name", "number", "(", "adjoint"))
        ):
            word = previous.text + ("" if token.glued else " ") + token.text
            return failure(
                "no-operator",
                token.span,
                "hint-times",
                found=word,
                left=previous.text,
                right=token.text,
            )
        if wanted == "=":
            return failure("bad-target", token.span, "hint-target", found=token.text)
        if wanted == "operand":
            return failure("no-operand", token.span, found=token.text)
        return failure("unexpected", token.span, found=token.text)

    def expression(self, least: int = SUM) -> Expr:
        """Binary operators from precedence `least` up; + and * gather all their operands."""
        self.nesting += 1
        if self.nesting > limits.DEPTH:
            raise failure("too-deep", self.next.span, limit=limits.DEPTH)
        operands = [self.unary() if least <= UNARY else self.postfix()]
        first: Token | None = None  # the operator that stands between the operands
        while (level := BINARY.get(self.next.kind, 0)) >= least:
            token = self.take()
            right = self.unary() if level == POWER else self.expression(level + 1)
            if first is None:
                first = token
            elif token.kind not in "+*" or (token.kind, token.text) != (first.kind, first.text):
                operands, first = [_operation(first, operands)], token
            operands.append(right)
        self.nesting -= 1
        return operands[0] if first is None else _operation(first, operands)

    def unary(self) -> Expr:
        """`-x`, binding looser than ^ and tighter than *."""
        if self.next.kind != "-":
            return self.expression(POWER)
        token = self.take()
        self.nesting += 1
        if self.nesting > limits.DEPTH:
            raise failure("too-deep", token.span, limit=limits.DEPTH)
        operand = self.unary()
        self.nesting -= 1
        return Apply("neg", (operand,), token.span)

    def postfix(self) -> Expr:
        expr = self.atom()
        while self.next.kind == ".":
            dot = self.take()
            if self.next.kind != "name" or self.next.text != "T":
                found = f".{self.next.text}"
                raise failure("bad-attribute", dot.span, "hint-transpose", found=found)
            self.take()
            expr = Apply("T", (expr,), dot.span)
        return expr

    def atom(self) -> Expr:
        token = self.next
        match token.kind:
            case "number":
                self.take()
                return Number(token.text, token.span)
            case "adjoint":
                self.take()
                return Ref(normal_name(token.text), self.index_if_any(), token.span)
            case "name":
                self.take()
                return self.named(token)
            case "(":
                self.take()
                inner = self.expression()
                self.expect(")", token)
                return inner
            case "[":
                self.take()
                return self.bracket(token)
            case _:
                if self.place and token.kind in (")", "]", "end", "newline"):
                    raise failure("ends-early", token.span, "hint-operand")
                raise self.unexpected("operand")

    def named(self, token: Token) -> Expr:
        name = normal_name(token.text)
        if self.next.kind == "(":
            return self.call(name, token)
        if [t.kind for t in self.stream[self.place : self.place + 3]] == ["[", "name", "="]:
            bound = self.stream[self.place + 2]
            var = self.stream[self.place + 1].text
            raise failure("bounds-in-brackets", bound.span, "hint-bounds", name=token.text, var=var)
        if (
            name in ("sum", "mean")
            and self.next.kind == "["
            and [t.kind for t in self.stream[self.place : self.place + 4]]
            == ["[", "name", "]", "("]
        ):
            self.take()
            var = normal_name(self.take().text)
            self.take()
            opened = self.take()
            body = self.expression()
            self.expect(")", opened)
            return Over(name, var, body, span=token.span)
        return Ref(name, self.index_if_any(), token.span)

    def call(self, name: str, token: Token) -> Expr:
        opened = self.take()
        args: list[Expr] = []
        named: list[tuple[Ref, Expr]] = []
        while True:
            self.argument(args, named)
            if self.next.kind != ",":
                break
            self.take()
        self.expect(")", opened)
        return Apply(name, placed(name, args, named), token.span, token.text)

    def argument(self, args: list[Expr], named: list[tuple[Ref, Expr]]) -> None:
        """`x`, or `stride=2` after all that have no name."""
        first, *rest = self.stream[self.place : self.place + 2]
        if first.kind == "name" and rest and rest[0].kind == "=":
            self.take()
            self.take()
            named.append((Ref(normal_name(first.text), None, first.span), self.expression()))
        elif named:
            raise failure("argument-after-named", first.span, name=named[-1][0].name)
        else:
            args.append(self.expression())

    def index_if_any(self) -> Index:
        if self.next.kind != "[":
            return None
        opened = self.take()
        index = self.index()
        if self.next.kind == ",":
            raise failure("two-indices", self.next.span, "hint-one-index")
        self.expect("]", opened)
        return index

    def index(self) -> Index:
        """`t`, `t-1`, `T`, `T+1`, `3`, `-1`."""
        token = self.take()
        if token.kind == "-" and self.next.kind == "number":
            return At(-self.whole(self.take()))
        if token.kind == "number":
            return At(self.whole(token))
        if token.kind != "name":
            raise failure("bad-index", token.span, "hint-index", found=token.text)
        offset = 0
        if self.next.kind in ("+", "-"):
            sign = 1 if self.take().kind == "+" else -1
            if self.next.kind != "number":
                raise failure("bad-index", self.next.span, "hint-index", found=self.next.text)
            offset = sign * self.whole(self.take())
        name = normal_name(token.text)
        return Last(offset) if name == "T" else Shift(name, offset)

    def whole(self, token: Token) -> int:
        if not token.text.isdigit() or len(token.text) > 9:
            raise failure("bad-index", token.span, "hint-index", found=token.text[:20])
        return int(token.text)

    def bracket(self, opened: Token) -> Expr:
        """`[a > b]` is an indicator; `[a, b; c, d]` stacks."""
        first = self.expression()
        if self.next.kind in COMPARISONS:
            token = self.take()
            second = self.expression()
            self.expect("]", opened)
            return Apply(token.kind, (first, second), token.span)
        rows = [self.row(first)]
        while self.next.kind == ";":
            self.take()
            rows.append(self.row(self.expression()))
        self.expect("]", opened)
        if len(rows) > 1:
            return Apply(";", tuple(rows), opened.span)
        if isinstance(rows[0], Apply) and rows[0].op == ",":
            return rows[0]
        raise failure("lone-bracket", opened.span, "hint-stack")

    def row(self, first: Expr) -> Expr:
        items = [first]
        start = self.next.span
        while self.next.kind == ",":
            self.take()
            items.append(self.expression())
        return Apply(",", tuple(items), start) if len(items) > 1 else first
