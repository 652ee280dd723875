"""Laws of the equation language: what is printed is read back as it was, and no text breaks it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnhand.errors import Failure
from rnnhand.language.parser import parse_equations, parse_expression
from rnnhand.language.printer import text
from rnnhand.language.results import parse_result, result_text
from rnnhand.language.tree import COMPARISONS, Apply, At, Expr, Last, Number, Over, Ref, Shift

NAMES = ("w", "W_f", "ŷ", "c'", "σ_g", "h2", "x", "Б", "_a")
indices = st.one_of(
    st.none(),
    st.builds(Shift, st.sampled_from(("t", "i")), st.integers(-3, 3)),
    st.builds(At, st.integers(-5, 20)),
    st.builds(Last, st.integers(-2, 2)),
)
numbers = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(0, 1000, places=3, allow_nan=False).map(lambda d: f"{d:f}"),
    st.sampled_from(("1e-8", "2.5E+3", ".5", "1e10")),
).map(Number)
leaves = st.one_of(numbers, st.builds(Ref, st.sampled_from(NAMES), indices))


def _chain(op: str, inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Sums and products hold all their operands; the parser puts no sum first in a sum."""
    return st.lists(inner, min_size=2, max_size=4).map(lambda args: Apply(op, tuple(args)))


def _trees(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        _chain("+", inner),
        _chain("*", inner),
        *(pairs.map(lambda p, op=op: Apply(op, p)) for op in ("-", "/", "@", "^")),
        *(pairs.map(lambda p, op=op: Apply(op, p)) for op in COMPARISONS),
        inner.map(lambda e: Apply("neg", (e,))),
        inner.map(lambda e: Apply("T", (e,))),
        inner.map(lambda e: Apply("tanh", (e,))),
        st.tuples(inner, inner, inner).map(lambda p: Apply("clip", p)),
        st.lists(inner, min_size=2, max_size=3).map(lambda a: Apply(",", tuple(a))),
        st.lists(inner, min_size=2, max_size=3).map(lambda a: Apply(";", tuple(a))),
        st.builds(Over, st.sampled_from(("sum", "mean")), st.sampled_from("ti"), inner),
    )


trees = st.recursive(leaves, _trees, max_leaves=12)
quick = settings(max_examples=150, suppress_health_check=list(HealthCheck))
many = settings(max_examples=5000, suppress_health_check=list(HealthCheck))


def printed_and_read(tree: Expr) -> None:
    assert parse_expression(text(tree)) == tree


def text_is_read_or_refused(written: str) -> None:
    """Whatever the text, there is a tree or a `Failure`; and a tree prints to its equal."""
    try:
        tree = parse_expression(written)
    except Failure:
        return
    assert parse_expression(text(tree)) == tree


FRAGMENTS = (
    "h[t]", "h[t-1]", "w", "W", "0.5", "1e5", "tanh", "sum[t]", "mean[i]", "(", ")", "[", "]", ";",
    ",", "+", "-", "*", "/", "@", "^", "**", "⊙", "∘", ".T", ".", ">", "<=", "==", "=", " ", "\n",
    "#", "T", "[T-1]", "[0]", "softmax(", "σ(", "√", "'", "′", "²", "½", "dL/dh[t]", "\t", "é",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)
)


@quick
@given(trees)
def test_a_tree_is_read_back_from_its_text(tree: Expr) -> None:
    printed_and_read(tree)


@pytest.mark.slow
@many
@given(trees)
def test_very_many_trees_are_read_back_from_their_texts(tree: Expr) -> None:
    printed_and_read(tree)


@quick
@given(texts)
def test_any_text_is_an_expression_or_a_failure(written: str) -> None:
    text_is_read_or_refused(written)


@pytest.mark.slow
@many
@given(texts)
def test_very_many_texts_are_expressions_or_failures(written: str) -> None:
    text_is_read_or_refused(written)


@quick
@given(st.one_of(texts, texts.map(lambda s: f"a[t] = {s}\nb = {s}")))
def test_any_text_is_a_list_of_equations_or_a_failure(written: str) -> None:
    try:
        statements = parse_equations(written)
    except Failure:
        return
    again = parse_equations("\n".join(f"{text(s.target)} = {text(s.body)}" for s in statements))
    assert again == statements


@quick
@given(st.one_of(texts, texts.map(lambda s: "dL/d" + s), texts.map(lambda s: f"after 1: {s}")))
def test_any_text_names_a_result_or_fails(written: str) -> None:
    try:
        name = parse_result(written)
    except Failure:
        return
    assert parse_result(result_text(name)) == name


@pytest.mark.parametrize(
    "deep", ["(" * 5000, "-" * 5000, "[" * 3000, "a^" * 3000 + "a", "f(" * 999]
)
def test_deep_nesting_is_refused_not_followed(deep: str) -> None:
    with pytest.raises(Failure):
        parse_expression(deep + "x")


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("-x^2", "-(x^2)"),
        ("2^-x", "2^(-x)"),
        ("a - b - c", "(a - b) - c"),
        ("a/b*c", "(a/b)*c"),
        ("a*b@c", "(a*b)@c"),
        ("a^b^c", "a^(b^c)"),
        ("W.T@x", "(W.T)@x"),
        ("W@h.T", "W@(h.T)"),
        ("-a*b", "(-a)*b"),
        ("x**2", "x^2"),
        ("a ⊙ b ∘ c", "(a ⊙ b) ∘ c"),
        ("tanh(x).T", "(tanh(x)).T"),
    ],
)
def test_precedence_is_what_people_expect(written: str, meaning: str) -> None:
    assert parse_expression(written) == parse_expression(meaning)
