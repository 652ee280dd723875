"""One sheet in every format gives the same answers, each at its own place."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhand.cli import main
from rnnhand.errors import Span
from rnnhand.marking.answers import read_answers
from rnnhand.marking.asked import plan_of
from rnnhand.marking.formats import FORMATS, format_of
from rnnhand.marking.numbers import read_number
from rnnhand.marking.sheet import Answer, Unread, read_sheet, spelled
from rnnhand.problem.encodings import decoded_sheet
from rnnhand.problem.reader import read_problem
from rnnhand.questions.work import Plan

PROBLEM = """
equations: |
  h[t]    = tanh(W @ h[t-1] + b*x[t])
  yhat[t] = sum(h[t])
  L[t]    = (yhat[t] - x[t])^2
  L       = sum[t](L[t])
steps: 1..3
parameters: {W: [[1, 2], [3, 4]], b: [1, 2]}
initial: {"h[0]": [0, 0]}
data: {"x[1..3]": [1, 2, 3]}
ask: [forward, gradients, {update: {rule: sgd, lr: 0.1, steps: 2}}]
"""


@cache
def plan() -> Plan:
    return plan_of(read_problem(PROBLEM, "p.yaml", ()))


def read(text: str, name: str = "") -> dict[str, Any]:
    """What a sheet answers: name → value as it is echoed, or the codes of why it is unreadable."""
    found: dict[str, Any] = {}
    for answer in read_answers(plan(), read_sheet(text, name)):
        if isinstance(answer, Unread):
            found[answer.label] = {d.code for d in answer.why}
        else:
            found[answer.label] = spelled(answer.value)
    return found


WANTED = {
    "yhat[1]": "0.5", "yhat[2]": "-1/4", "yhat[3]": "", "L[1]": "1", "L[2]": "", "L[3]": "4.5",
    "L": "6.56", "dL/db": ["1.5", "2"], "after 1: b": ["1", "2"], "after 2: b": ["3", ""],
}  # fmt: skip

SHEETS = {
    "a.yaml": """
yhat[1..3]: [0.5, -1/4, -]
L[1..3]: [1, , 4.5]
L: 6.56
dL/db: [1.5, 2]
after 1: {b: [1, 2]}
after 2: {b: [3, "-"]}
""".replace("[1, , 4.5]", "[1, '', 4.5]"),
    "a.json": json.dumps(
        {
            "yhat[1]": 0.5, "yhat[2]": "-1/4", "yhat[3]": None, "L[1]": 1, "L[2]": "",
            "L[3]": 4.5, "L": "6.56", "dL/db": ["1.5", 2], "after 1": {"b": [1, 2]},
            "after 2: b": [3, None],
        }
    ),
    "comma.csv": """quantity,t=1,t=2,t=3
yhat[t],0.5,-1/4,-
L,1,,4.5

name,value
L,6.56
dL/db,"[1.5, 2]"
after 1: b,[1; 2]
after 2: b,"[3, _]"
""",
    "semicolon.csv": """\ufeffвеличина;1;2;3;итого
yhat;0,5;−1/4;–;
L[t];1;;4,5;6,56
;;;;
dL/db;1,5 2;;;
после 1:;;;;
b;"1; 2";;;
;;;;
после 2: b;[3; -];;;
""".replace("dL/db;1,5 2;;;", "имя;значение\ndL/db;1,5 2"),
    "tabs.txt": "t\tyhat\tL\n1\t0,5\t1\n2\t-1/4\t\n3\t-\t4,5\nΣ\t\t6.56\n\nname\tvalue\n"
    "dL/db\t(1,5; 2)\nafter 1: b\t(1, 2)\nafter 2: b\t[3, -]\n",
    "table.md": """# Answers of Ada

| | 1 | 2 | 3 |
|---|---:|---:|---:|
| $yhat_t$ | 0.5 | −1/4 | – |
| `L[t]` | **1** | | 4,5 |

| name | value |
|:--|--:|
| L | 6.56 |
| dL/db | 1.5 2 |

| | after 1 | after 2 |
|--|--|--|
| b | (1, 2) | [3; _] |
""",
    "lines.txt": """# my answers
yhat[1] = 0,5; ŷ_2 = −1/4; yhat[3] =
L_1 = 1, L₃ = 3 + 1.5 = 4.5
L[2] := -
L ≈ 6.56
∂L/∂b = (1,5; 2)
after 1:
  b = [1, 2]
after 2: b = 3; -
""",
}  # fmt: skip


@pytest.mark.parametrize("name", list(SHEETS))
def test_every_format_says_the_same(name: str) -> None:
    found = read(SHEETS[name], name)
    shown = {k: v for k, v in found.items() if v or WANTED.get(k)}
    assert shown == {k: v for k, v in WANTED.items() if v}


@pytest.mark.parametrize("name", list(SHEETS))
def test_a_format_is_known_without_the_name_of_its_file(name: str) -> None:
    assert format_of(SHEETS[name], "") is format_of(SHEETS[name], name)


@pytest.mark.parametrize(
    ("text", "name", "line", "column"),
    [
        ("L: 1\ndL/db: [1, what]\n", "a.yaml", 2, 12),
        ('{"L": 1,\n "dL/db": [1, "what"]}', "a.json", 2, 15),
        ("name,value\ndL/db,\"[1, what]\"\n", "a.csv", 2, 12),
        ("quantity;t=1;t=2\nL;1;what\n", "a.csv", 2, 5),
        ("| | 1 | 2 |\n|--|--|--|\n| L | 1 | what |\n", "a.md", 3, 11),
        ("L[1] = 1; L[2] = what", "a.txt", 1, 18),
        ("L = 1\ndL/db = [1; what]", "a.txt", 2, 13),
        ('name,value\nL,"\n\n what"\n', "a.csv", 2, 4),
    ],
)  # fmt: skip
def test_an_unreadable_number_has_its_place(text: str, name: str, line: int, column: int) -> None:
    (bad,) = (a for a in read_answers(plan(), read_sheet(text, name)) if isinstance(a, Unread))
    (why,) = bad.why
    assert why.span is not None
    assert (why.span.line, why.span.column) == (line, column)
    assert "what" in bad.given


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("[1, 2]", ["1", "2"]), ("(1; 2)", ["1", "2"]), ("1 2", ["1", "2"]), ("1; 2", ["1", "2"]),
        ("1,5; 2", ["1.5", "2"]), ("1,5; 2,5", ["1.5", "2.5"]), ("1,5 -2,5", ["1.5", "-2.5"]),
        ("0,5, 1,5", ["0.5", "1.5"]), ("[[1], [2]]", ["1", "2"]), ("[[1, 2]]", ["1", "2"]),
        ("{1/2, sqrt(2)/2}", ["1/2", "sqrt(2)/2"]), ("(max(1,2), 3)", ["max(1,2)", "3"]),
        ("1\n2", ["1", "2"]), ("[½; −1½]", ["1/2", "-3/2"]), ("[_; 2]", ["", "2"]),
        ("(1/2), (1/3)", ["1/2", "1/3"]),
        ("1,5", ["1", "5"]),  # a vector of two numbers: nothing else fits
    ],
)  # fmt: skip
def test_a_vector_is_read_as_people_write_it(written: str, value: list[str]) -> None:
    assert read(json.dumps({"b": written}), "a.json") == {"b": value}


@pytest.mark.parametrize(
    "written",
    ["1 2; 3 4", "[1, 2; 3, 4]", "[[1,2],[3,4]]", "((1, 2), (3, 4))", "[1 2] [3 4]",
     "1, 2\n3, 4", "[1,2];[3,4]", "[[1; 2]; [3; 4]]"],
)  # fmt: skip
def test_a_matrix_is_read_as_people_write_it(written: str) -> None:
    assert read(json.dumps({"W": written}), "a.json") == {"W": [["1", "2"], ["3", "4"]]}


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("W", "1 2 3 4", "sheet-shape"), ("W", [[1, 2, 3, 4]], "sheet-shape"),
        ("b", "1 2 3", "sheet-shape"), ("L", "[1, 2]", "not-a-number"),
        ("b", "1,5 200", "sheet-ambiguous"),  # 1 and 5200, or 1.5 and 200
        ("L", [1, 2], "sheet-one-number"), ("b", [[1, 2], [3, 4]], "sheet-shape"),
        ("b", "[1, 2", "sheet-shape"), ("L", {"a": 1}, "sheet-one-number"),
    ],
)  # fmt: skip
def test_what_has_another_shape_or_two_meanings_is_unreadable(
    name: str, written: object, code: str
) -> None:
    assert read(json.dumps({name: written, "yhat[1]": 1}), "a.json") == {
        name: {code},
        "yhat[1]": "1",
    }


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("yhat[1],0,5\n", {"sheet-extra-cells"}),  # a decimal comma in a file of commas
        ("L,abc\nyhat[1],1\n", {"not-a-number"}),  # no heading
        ("quantity,t=1,hm\nyhat,1,2\n", {"sheet-column"}),
        ("quantity,t=1,t=2\nyhat,1,2,3\n", {"sheet-extra-cells"}),
        ("quantity,t=1,t=2\ndL/db,[1; 2],[1; 2]\n", {"result-index"}),
    ],
)  # fmt: skip
def test_what_a_table_leaves_open_is_not_guessed_at(text: str, codes: set[str]) -> None:
    found = read(text, "a.csv").values()
    assert {code for value in found if isinstance(value, set) for code in value} == codes


@pytest.mark.parametrize(
    "row",
    ["yhat[t],1,2,3", "yhat,1,2,3", "L[t],2,3,4", "yhat,sqrt(4),3,e"],
)
def test_values_in_the_order_of_steps_are_no_heading(row: str) -> None:
    head, *values = row.split(",")
    found = read(f"quantity,t=1,t=2,t=3\n{row}\n", "a.csv")
    assert list(found.values()) == values, head


def test_a_name_that_is_given_twice_is_unreadable_and_both_places_are_named() -> None:
    sheet = read_sheet("L: 1\nyhat[1]: 2\nL: 3\nyhat_1: 2\n", "a.yaml")
    first, second = read_answers(plan(), sheet)
    assert isinstance(second, Answer) and second.label == "yhat[1]"
    assert isinstance(first, Unread)
    (why,) = first.why
    words = dict(why.words)
    assert why.code == "sheet-twice"
    assert (words["line"], words["other_line"]) == ("1", "3")
    assert first.given == "1 / 3"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yhat_2", "yhat[2]"), ("yhat2", "yhat[2]"), ("yhat₂", "yhat[2]"), ("ŷ[2]", "yhat[2]"),
        ("ŷ_2", "yhat[2]"), ("y_hat[2]", "yhat[2]"), ("yhat_{2}", "yhat[2]"), ("L_T", "L[3]"),
        ("L[T]", "L[3]"), ("dL_2/dW", "dL[2]/dW"), ("∂L/∂h₂", "dL/dh[2]"), ("W(1, 2)", "W(1,2)"),
        ("после 1: L", "after 1: L"), ("After 2 : W(2,1)", "after 2: W(2,1)"),
    ],
)  # fmt: skip
def test_names_are_understood_as_people_write_them(written: str, meant: str) -> None:
    value: object = [1, 2] if meant == "dL/dh[2]" else [[1, 2], [3, 4]] if "/dW" in meant else 1
    (found,) = read(json.dumps({written: value}), "a.json")
    assert found == meant


def test_a_quantity_without_steps_may_stand_in_the_column_of_one() -> None:
    text = "quantity,0,1,2\nyhat,,1,2\ndL/db,[1; 2]\nL,6\nL[t],,7,8\n"
    assert read(text, "a.csv") == {
        "yhat[1]": "1", "yhat[2]": "2", "dL/db": ["1", "2"], "L": "6", "L[1]": "7", "L[2]": "8",
    }  # fmt: skip


@pytest.mark.parametrize("head", ["", "name,value\n", "sep=,\n", "quantity,t=1,t=2,t=3\n"])
def test_a_range_of_steps_may_go_on_along_its_row(head: str) -> None:
    assert read(f"{head}yhat[1..3],1,2,3\n", "a.csv") == {
        "yhat[1]": "1", "yhat[2]": "2", "yhat[3]": "3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rounding: 2\nL: 7\n", "a.yaml"), ("rounding = 2\nL = 7\n", "a.txt"),
        ("quantity,t=1,t=2,value\nrounding,2\nL,,,7\n", "a.csv"),
        ("| quantity | value |\n|--|--|\n| rounding | 2 |\n| L | 7 |\n", "a.md"),
    ],
)  # fmt: skip
def test_every_format_may_say_how_it_rounds(text: str, name: str) -> None:
    sheet = read_sheet(text, name)
    assert sheet.rounding == 2
    found = [a for a in read_answers(plan(), sheet) if isinstance(a, Answer) and a.value]
    (answer,) = found
    assert answer.value == read_number("7", rounding=2) != read_number("7")


def test_a_map_may_have_maps_of_steps() -> None:
    text = json.dumps({"yhat": {"1": 2, "3": "1/2"}, "after 1": {"L": 3}})
    assert read(text, "a.json") == {"yhat[1]": "2", "yhat[3]": "1/2", "after 1: L": "3"}


def test_a_broken_key_of_a_map_stops_no_other() -> None:
    sheet = "# mine\nL: 1\n\nb: [1, 2\nW: [[1, 2],\n  [3, 4]]\nyhat[1]: what\nyhat[2]: 'a\n"
    assert read(sheet, "a.yaml") == {
        "L": "1", "b": {"yaml-open-bracket"}, "W": [["1", "2"], ["3", "4"]],
        "yhat[1]": {"not-a-number"}, "yhat[2]": {"yaml-open-quote"},
    }  # fmt: skip
    bad = [a for a in read_answers(plan(), read_sheet(sheet, "a.yaml")) if isinstance(a, Unread)]
    assert [d.span and d.span.line for a in bad for d in a.why] == [5, 7, 8]


def test_excel_in_russian_saves_code_page_1251() -> None:
    text = "величина;значение\nL;6,56\nb;[1,5; 2]\n"
    for encoding in ("cp1251", "utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"):
        assert read(decoded_sheet(text.encode(encoding)), "a.csv") == {
            "L": "6.56", "b": ["1.5", "2"],
        }  # fmt: skip


def test_signs_of_a_western_code_page_are_read_as_such() -> None:
    assert read(decoded_sheet("L;½\nyhat[1];–1,5".encode("cp1252")), "a.csv") == {
        "L": "1/2", "yhat[1]": "-1.5",
    }  # fmt: skip


def test_a_sheet_comes_from_standard_input_too() -> None:
    done = CliRunner().invoke(
        main, ["check", "there-and-back", "-", "--format", "json"], input="h[2] = 0,5; L = 6,56"
    )
    assert done.exit_code == 0
    assert [i["given"] for i in json.loads(done.stdout)["items"]] == ["0.5", "6.56"]


def test_every_format_has_its_own_name_and_endings() -> None:
    endings = [e for f in FORMATS for e in f.endings]
    assert len({f.name for f in FORMATS}) == len(FORMATS)
    assert len(set(endings)) == len(endings)


numbers = st.fractions(max_denominator=50).map(str) | st.decimals(
    allow_nan=False, allow_infinity=False, places=3, min_value=-99, max_value=99
).map(str)


@settings(max_examples=60)
@given(st.lists(numbers, min_size=2, max_size=2), st.booleans(), st.sampled_from("[({"))
def test_semicolons_and_decimal_commas_never_mix_up(
    values: list[str], comma: bool, bracket: str
) -> None:
    written = [v.replace(".", ",") if comma else v for v in values]
    close = dict(zip("[({", "])}", strict=True))[bracket]
    for text in ("; ".join(written), f"{bracket}{';'.join(written)}{close}"):
        (answer,) = read_answers(plan(), read_sheet(json.dumps({"b": text}), "a.json"))
        assert isinstance(answer, Answer)
        assert isinstance(answer.value, tuple)
        found = [n.value for n in answer.value if not isinstance(n, tuple) and n is not None]
        assert found == [Fraction(v) for v in values]


def test_places_hold_for_what_stands_in_several_lines(tmp_path: Path) -> None:
    sheet = read_sheet('name,value\nW,"1 2\n3 x"\n', "a.csv")
    (bad,) = read_answers(plan(), sheet)
    assert isinstance(bad, Unread)
    assert bad.why[0].span == Span(3, 3, 1)
