"""Whatever stands on a sheet: nothing is evaluated, nothing hangs, nothing steers a terminal, and
one bad value stops no other."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhand.errors import Failure
from rnnhand.language import limits
from rnnhand.marking.answers import read_answers
from rnnhand.marking.formats import FORMATS
from rnnhand.marking.marked import Verdict
from rnnhand.marking.marker import Marker, marker_for
from rnnhand.marking.numbers import read_number
from rnnhand.marking.sheet import Unread, read_sheet
from rnnhand.marking.verdicts import mark
from rnnhand.problem.encodings import decoded_sheet
from rnnhand.problem.files import load, source
from tests.solving import command

SECONDS = 5
"""Of the processor. Far more than anything here takes; a reader that is not linear takes hours."""


@pytest.fixture(scope="module")
def marker() -> Marker:
    return marker_for(load(source("there-and-back")))


def checked(raw: bytes, name: str, folder: Path) -> tuple[int, str, str]:
    """Exit status, output and errors of `check` on a file; no exception came through."""
    path = folder / name
    path.write_bytes(raw)
    started = time.process_time()
    done = command("check", "there-and-back", str(path))
    assert time.process_time() - started < SECONDS
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


HARMFUL = [
    "__import__('os').system('touch /tmp/harm')", "exec(1)", "lambda: 0", "().__class__", "f'{1}'",
    "=1+1", "=HYPERLINK(\"http://x\")", "@SUM(1,2)", "+cmd|'/C calc'!A0", "=0", "nan", "NaN",
    "-inf", "Infinity", "∞", "1e999999", "1e-999999", "9^9^9^9", "9**9**9", "2^(2^1000)",
    "1/0", "0/0", "log(0)", "sqrt(-1)", "1/(sqrt(2)^2-2)", "exp(exp(exp(exp(9))))",
    "exp(200)-exp(200)", "\x1b[31m1", "1\x00", "\u202e6.5625", "\u2066" + "0", "<b>0</b>",
    "<script>0</script>", "(" * 400 + "0" + ")" * 400, "[" * 50 + "0" + "]" * 50, "1" * 30_000,
    "1/" + "3" * 30_000, "-" * 500 + "1", "${x}", "%(x)s", "0x10", "1_000", "h[1]", "w",
    "0 or 1", "1 if 1 else 0", "yes", "1;DROP TABLE", "10**10**10", "factorial(9999999)",
]  # fmt: skip


@pytest.mark.parametrize("written", HARMFUL)
def test_what_is_no_number_is_unreadable_and_stops_nothing(written: str, marker: Marker) -> None:
    quoted = json.dumps({"L": written, "h[2]": "1/2"})
    for text, name in (
        (quoted, "a.json"),
        (f'name,value\nL,"{written.replace(chr(34), chr(34) * 2)}"\n"h[2]",1/2\n', "a.csv"),
        (f"L = {written}\nh[2] = 1/2\n", "a.txt"),
    ):
        clean = decoded_sheet(text.encode()) if "\x00" not in text else text
        found = {i.label: i for i in mark(marker, read_sheet(clean, name)).items}
        assert found.pop("h[2]").verdict == Verdict.RIGHT
        assert all(item.verdict == Verdict.UNREADABLE for item in found.values()), name
        assert found


def test_nothing_unseen_reaches_the_output(tmp_path: Path) -> None:
    names = ["\u202eL", "<img src=x>", "h\u2066[1]", "a\x1b[2J", "x\u0085y", "\u200fL", "=1", "L\r"]
    sheet = json.dumps(dict.fromkeys(names, "\u202e1\u2069\x1b]0;x\x07") | {"h[2]": "1/2"})
    for form in ("terminal", "json"):
        path = tmp_path / "a.json"
        path.write_text(sheet, "utf-8")
        done = command("check", "there-and-back", str(path), "--format", form)
        assert done.exit_code == 1
        shown = done.stdout.replace("\n", "")
        assert all(c.isprintable() for c in shown), [c for c in shown if not c.isprintable()]


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "a.csv", "another program"),
        (b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)) * 40, "a.xlsx", "CSV"),
        (bytes(range(256)) * 10, "a.yaml", "another program"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n\x00", "a.pdf", "another program"),
        (b"", "a.csv", "empty"), (b"\n \n\t\n", "a.yaml", "empty"),
        (b"\xef\xbb\xbf", "a.md", "empty"),
        (b"\xff\xfe", "a.csv", "empty"),
        (b"Dear teacher,\nI have lost my sheet.\nBest wishes\n", "a.txt", "no names"),
        (b"a: [\n", "a.yaml", "expected"), (b"a: &x [*x]\n", "a.yaml", ""),
        (b"a: !!python/object:os.system 1\n", "a.yaml", "tag"),
        (b"[" * 100_000, "a.yaml", "deep"), (b'{"a":' * 100_000, "a.json", "deep"),
        (b"x" * 5_000_000, "a.csv", "bytes"), (b"k: 1\n" * 1_000_000, "a.yaml", "bytes"),
        (b"".join(b"k%d: 1\n" % i for i in range(30_000)), "a.yaml", ""),
        (b"k,1\n" * 21_000, "a.csv", "20000"),
        (b"k=1\n" * 21_000, "a.txt", "20000"),
        (b"rounding: 1e9\nL: 1\n", "a.yaml", "rounding"),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_one_clear_message(
    raw: bytes, name: str, said: str, tmp_path: Path
) -> None:
    status, out, err = checked(raw, name, tmp_path)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") < 6
    assert "Traceback" not in err


MEGA = 20_000

LONG = [
    b"L" + b" " * MEGA + b"= 1\nh[2] = 1/2", b"L = " + b"(" * MEGA + b"\nh[2] = 1/2",
    b"L = " + b"1;" * MEGA, b"L = " + b" 1" * MEGA, b"W = " + b", " * MEGA, b"L; " * MEGA,
    b"after 1" + b" " * MEGA + b"x", b";after 1:" * 6_000, b"|" * MEGA, b"| - " * MEGA,
    b"|" + b"`" * MEGA + b"|\n|--|", b'"' * MEGA, b'"a"",' * 9_000, b'"' + b"a\n" * 4_000,
    b"(," * MEGA, b"[;" * MEGA, b"h[1..9999999]: 1", b"h[1..9999999] = -",
    b"h,t=1" + b",t=2" * 10_000 + b"\n" + b"x" * 100_000 + b",1" * 10_000,
    b"a" * MEGA + b": 1", b"L: " + b"9" * MEGA, b"L: 1." + b"9" * MEGA, b"L = " + b"=1" * MEGA,
    b"L = " + b"-" * MEGA, b"\xcc\x82" * MEGA, b"L,1\n" * 4_000, b",\n" * 4_000, b"#\n" * MEGA,
    b"- " * MEGA, b"1) " * MEGA, b"name" + b",value" * 9_000, b"L = [" + b"[1]," * 9_000,
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(LONG)))
def test_long_lines_take_a_short_time(number: int, marker: Marker) -> None:
    assert len(LONG[number]) < limits.SHEET_BYTES
    for ending in ("csv", "txt", "md"):
        started = time.process_time()
        with suppress(Failure):
            text = decoded_sheet(LONG[number])
            read_answers(marker.plan, read_sheet(text, f"a.{ending}"))
        assert time.process_time() - started < SECONDS


def test_random_bytes_never_crash_a_reader() -> None:
    rng = random.Random(5)
    marks = [
        *"[]{}()|;:,=\"'#\n\t 0123.-_",
        "h[1]",
        "after 1:",
        "t=1",
        "L",
        "\n| - |\n",
        "..",
        "√½",
    ]
    for _ in range(400):
        text = "".join(rng.choice(marks) for _ in range(rng.randrange(60)))
        for form in FORMATS:
            with suppress(Failure):
                read_sheet(text, f"a{form.endings[0]}")


@settings(max_examples=150)
@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_failure(written: str) -> None:
    with suppress(Failure):
        read_number(written)


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5))
def test_any_map_is_answered_entry_by_entry(entries: dict[str, str]) -> None:
    plan: Any = marker_of().plan
    text = json.dumps({**entries, "h[2]": "0.5"})
    found = read_answers(plan, read_sheet(text, "a.json"))
    assert any(a.label == "h[2]" for a in found)
    for answer in found:
        assert answer.label.isprintable()
        if isinstance(answer, Unread):
            assert answer.given.isprintable()


def marker_of() -> Marker:
    if not KEPT:
        KEPT.append(marker_for(load(source("there-and-back"))))
    return KEPT[0]


KEPT: list[Marker] = []
