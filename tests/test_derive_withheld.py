"""`derive` leaves out what its own check finds false, and says so where it would stand.

No problem is known of which a line is false, so that wrong ones are put in by hand, a kind each.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from rnnhand import api
from rnnhand.calculus.rules import TWO, times
from rnnhand.cli import main
from rnnhand.document.blocks import Document, Note, Section, Step
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr
from rnnhand.phrases import phrases
from rnnhand.problem.files import Source, load, source
from rnnhand.questions.derive import chain, derive, lemmas, sums, ways
from rnnhand.questions.derive.check import check
from rnnhand.questions.derive.derive import of_problem
from rnnhand.questions.derive.page import document, page

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "derive.schema.json").read_text())
SAID = "found false and is left out"


def twice(expr: Expr) -> Expr:
    return times(TWO, expr)


def local(patch: pytest.MonkeyPatch) -> None:
    right = derive.locals_of

    def wrong(*args: Any) -> Any:
        found = right(*args)
        return [replace(o, value=o.value and twice(o.value)) if o.of.name == "yhat" else o
                for o in found]  # fmt: skip

    patch.setattr(derive, "locals_of", wrong)


def back(patch: pytest.MonkeyPatch) -> None:
    right = derive.Derivation.right_side
    patch.setattr(
        derive.Derivation,
        "right_side",
        lambda d, e: twice(right(d, e)) if e.target.name == "dL/dh" else right(d, e),
    )


def gradient(patch: pytest.MonkeyPatch) -> None:
    right = derive.Derivation.total
    patch.setattr(
        derive.Derivation,
        "total",
        lambda d, q: twice(right(d, q)) if q.name == "w" else right(d, q),
    )


def steps(patch: pytest.MonkeyPatch) -> None:
    right = derive.transitions
    patch.setattr(
        derive, "transitions", lambda s: [replace(t, value=twice(t.value)) for t in right(s)]
    )


def closed(patch: pytest.MonkeyPatch) -> None:
    right = sums._closed

    def wrong(*args: Any) -> Any:
        found = right(*args)
        return found and twice(found)

    patch.setattr(sums, "_closed", wrong)


def without_way(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ways, "_reached_back", lambda w: set())


WRONG: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "locals": (local, "dyhat[t]/dh[t]"),
    "back": (back, "dL/dh[t]"),
    "gradient": (gradient, "dL/dw"),
    "steps": (steps, "dh[t]/dh[t-1]"),
    "unrolled": (closed, "dh[t]/dw"),
    "ways": (without_way, "dL[t]/dw"),
}


def made(problem: str, unroll: int | None = None, lang: str = "en") -> Document:
    d = of_problem(load(source(problem)), "", (), lang)
    said = page(d, phrases(lang), unroll)
    return document(said, check(d, said.claims, said.writing.stacks))


def lines_of(doc: Document) -> list[str]:
    sections = (b for b in doc.blocks if isinstance(b, Section))
    return [text(b.left) for s in sections for b in s.blocks if isinstance(b, Step)]


def notes_of(doc: Document) -> list[Note]:
    sections = (b for b in doc.blocks if isinstance(b, Section))
    return [b for s in sections for b in s.blocks if isinstance(b, Note)]


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"LANG": "C", "COLUMNS": "100"})


def data_of(problem: str, *more: str) -> dict[str, Any]:
    result = call("derive", problem, "--format", "json", *more)
    assert result.exit_code == (1 if '"against": {' in result.stdout else 0)
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    return found


@pytest.mark.parametrize("part", WRONG)
def test_a_false_line_is_left_out_and_a_note_stands_there(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, name = WRONG[part]
    d = of_problem(load(source("way-back")), "", (), "en")
    steps_of = (b for s in page(d, phrases("en"), None).blocks if isinstance(s, Section)
                for b in s.blocks)  # fmt: skip
    right = [text(b.left) for b in steps_of if isinstance(b, Step)]
    put(monkeypatch)
    doc = made("way-back", lang="ru")
    kept, notes = lines_of(doc), notes_of(doc)
    if part != "ways":
        assert kept.count(name) < right.count(name)
        assert len(kept) + len(notes) == len(right)
    assert notes


@pytest.mark.parametrize("format_", ["terminal", "markdown", "latex", "html"])
def test_every_format_says_what_was_left_out(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gradient(monkeypatch)
    result = call("derive", "way-back", "--format", format_)
    assert result.exit_code == 1
    plain = " ".join(result.stdout.split())
    assert SAID in plain and "the derivative there is" in plain
    assert "Found false and left out above" in plain
    assert "Checked:" not in plain


@pytest.mark.parametrize("part", WRONG)
def test_json_has_the_point_and_both_numbers(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put, name = WRONG[part]
    put(monkeypatch)
    found = data_of("way-back")
    against = {c["name"]: c["against"] for c in found["check"]["claims"] if c["holds"] is False}
    assert against[name] is not None
    assert found["check"]["equal"] is False
    for one in against.values():
        assert one["value"] != one["expected"]
    if part == "locals":  # ŷ = u·h, so that the derivative by h is u
        u = Fraction(against[name]["given"]["u"])
        assert Fraction(against[name]["expected"]) == u
        assert Fraction(against[name]["value"]) == 2 * u
    if part in ("gradient", "steps", "unrolled"):
        one = against[name]
        assert float(Fraction(one["value"])) == 2 * float(Fraction(one["expected"]))


@pytest.mark.parametrize(
    ("part", "where"),
    [("locals", "locals"), ("back", "adjoints"), ("steps", "transitions")],
)
def test_json_has_no_false_formula(part: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [one["formula"] for one in data_of("way-back")[where]]
    WRONG[part][0](monkeypatch)
    after = [one["formula"] for one in data_of("way-back")[where]]
    assert after.count(None) > before.count(None)
    assert all(b in (a, None) for a, b in zip(before, after, strict=True))


def test_a_false_gradient_is_null_and_the_interface_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gradient(monkeypatch)
    found = data_of("way-back")["gradients"]
    assert found["dL/dw"] is None and found["dL/dv"] is not None
    assert set(api.derive("way-back").gradients) == {"dL/dv", "dL/du"}


def test_a_false_derivative_without_adjoints_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    right = derive.unrolled

    def wrong(*args: Any) -> Any:
        return {q: tuple(replace(p, value=twice(p.value)) for p in parts)
                for q, parts in right(*args).items()}  # fmt: skip

    monkeypatch.setattr(derive, "unrolled", wrong)
    one = data_of("way-back")["unrolled"]["dL/du"]
    assert one["formula"] is None and one["by_step"] == []
    assert Fraction(one["against"]["value"]) == 2 * Fraction(one["against"]["expected"])


def test_what_is_said_to_hold_as_well_and_does_not_is_no_longer_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """p acts on the loss by another way than u: one formula for both is false for one of them."""
    own = Source("own.yaml", """
title: own
equations: |
  h[t] = w*h[t-1] + x[t]
  yhat[t] = u*h[t]
  L[t] = (yhat[t] - p)^2
  L = sum[t](L[t])
steps: 1..2
parameters: {w: , u: , p: }
initial: {"h[0]": }
data: {"x[1..2]": }
""")  # fmt: skip
    d = of_problem(load(own, ()), "", (), "en")
    monkeypatch.setattr(chain, "_shape", lambda *args: ())
    said = page(d, phrases("en"), None)
    checked = check(d, said.claims, said.writing.stacks)
    assert [text(one.claim.left) for one in checked.refuted] == ["dL[t]/dp"]
    doc = document(said, checked)
    assert "dL[t]/du" in lines_of(doc) and len(notes_of(doc)) == 1


def test_a_wrong_slope_of_a_function_is_found_with_its_argument(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lemmas, "proved", lambda *args: True)
    right = lemmas.by_quotient
    monkeypatch.setattr(
        lemmas, "by_quotient", lambda *args: (lambda e: e and twice(e))(right(*args))
    )
    found = data_of("slide-gru")["check"]["claims"]
    (one, *_) = [c["against"] for c in found if c["part"] == "special" and c["holds"] is False]
    assert set(one["where"]) == {"x"}
    assert abs(float(one["value"]) - 2 * float(one["expected"])) < 1e-12


def test_the_way_through_other_steps_is_looked_for_at_every_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the first step nothing came before it: that it is not needed there proves nothing."""
    without_way(monkeypatch)
    false = {c["name"] for c in data_of("way-back")["check"]["claims"] if c["holds"] is False}
    assert false == {"dL[t]/dw", "dL[t]/dv"}
