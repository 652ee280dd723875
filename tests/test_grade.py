"""`rnnhand grade`: marks by a policy, runs that go on, corrected keys, strangers' texts."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rnnhand.grading import worker
from rnnhand.grading.policy import Policy
from rnnhand.grading.run import How, grade
from rnnhand.grading.students import collect
from rnnhand.grading.text import FORMULA, NUMBER
from rnnhand.marking.marker import marker_for
from rnnhand.phrases import phrases
from rnnhand.problem.files import bundled, bundled_sheets, load, source
from tests.solving import command

ROOT = Path(__file__).parents[1]
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "grade.schema.json").read_text("utf-8")))
PROBLEM = "there-and-back"
CIRCULATING = bundled_sheets()["there-and-back-circulating"].read_text("utf-8")
RIGHT = "h[1..3]: [0, 1/2, 0]\nyhat[1..3]: [0, 1/4, 0]\nL: 6.5625\n"
SLIP = "h[1..3]: [0, 1, 0]\nyhat[1..3]: [0, 0.5, 0]\nL: 6.5625\n"
"""One mistake, h[2]; yhat[2] follows from it; L is right by the key."""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sheets(**texts: str) -> None:
    Path("sheets").mkdir(exist_ok=True)
    for name, text in texts.items():
        Path("sheets", f"{name}.yaml").write_text(text, "utf-8")


def graded(*arguments: str, problem: str = PROBLEM, status: int = 0) -> dict[str, Any]:
    done = command(
        "grade", problem, *(arguments or ("sheets",)), "--format", "json", "--lang", "en"
    )
    assert done.exit_code == status, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def marks(found: dict[str, Any]) -> dict[str, str]:
    return {s["student"]: s["marks"] for s in found["students"]}


def table(name: str, folder: str = "graded") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(folder, name).read_text("utf-8"))))


def policy(text: str) -> tuple[str, ...]:
    Path("policy.yaml").write_text(text, "utf-8")
    return "sheets", "--policy", "policy.yaml"


# Marks


def test_every_sheet_of_a_folder_has_a_row_a_page_and_its_marks() -> None:
    sheets(Ann=RIGHT, Bob=SLIP, Zoe=CIRCULATING)
    found = graded()
    assert marks(found) == {"Ann": "7", "Bob": "6", "Zoe": "6"}
    assert [(r["student"], r["marks"], r["out_of"]) for r in table("results.csv")] == [
        ("Ann", "7", "7"), ("Bob", "6", "7"), ("Zoe", "6", "7"),
    ]  # fmt: skip
    assert {p.name for p in Path("graded/feedback").iterdir()} == {"Ann.txt", "Bob.txt", "Zoe.txt"}
    page = Path("graded/feedback/Bob.txt").read_text("utf-8")
    assert "6 of 7 marks" in page and "h[2] (−1)" in page and "→ follows" in page
    (slip,) = (r for r in table("values.csv") if r["student"] == "Bob" and r["verdict"] == "wrong")
    assert (slip["value"], slip["given"], slip["right_value"], slip["marks"], slip["out_of"]) == (
        "h[2]", "1", "1/2", "0", "1",
    )  # fmt: skip
    SCHEMA.validate(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("marks: 2", ("14", "12", "14")),
        ("follows: half", ("7", "5.5", "7")),
        ("follows: none", ("7", "5", "7")),
        ('marks: {"h[*]": 3, L: 1}', ("10", "7", "10")),
        ('marks: {"*": 1, "h[*]": 2, "h[2]": 3}', ("11", "8", "11")),
        ("mistake: 0.25", ("7", "6.75", "7")),
        ("mistake: 1\nfollows: half", ("7", "5.5", "7")),
        ("total: 10", ("10", "8.57", "10")),
        ("total: 10\nround: 0.5", ("10", "8.5", "10")),
        ("total: 10\nmistake: 1", ("10", "9", "10")),
        ("values: ['h[1..3]', L]", ("4", "3", "4")),
        ("mistake: 100", ("7", "0", "7")),
    ],
)
def test_a_policy_of_a_few_lines_says_what_values_are_worth(
    text: str, expected: tuple[str, str, str]
) -> None:
    sheets(Ann=RIGHT, Bob=SLIP)
    found = graded(*policy(text))
    assert (*marks(found).values(), found["students"][0]["out_of"]) == expected


@pytest.mark.parametrize("text", ["mistake: 0.5", "follows: half\ntotal: 70", "marks: {L: 3}"])
def test_the_marks_of_the_values_add_up_to_those_of_the_sheet(text: str) -> None:
    sheets(Ann=RIGHT, Bob=SLIP, Eve=RIGHT + "L[2]: 5\n", Kim="L: 6.5625\n")
    graded(*policy(text))
    for row in table("results.csv"):
        values = [r for r in table("values.csv") if r["student"] == row["student"]]
        assert sum(float(r["marks"] or 0) for r in values) == float(row["marks"])
        assert sum(float(r["out_of"] or 0) for r in values) == float(row["out_of"])


def test_what_is_not_on_a_sheet_is_missing_and_what_few_name_does_not_count() -> None:
    sheets(Ann=RIGHT, Bob="L: 6.5625\n", Eve=RIGHT + "dL/dw: 0\nL[1]: 5\n")
    found = graded()
    assert marks(found) == {"Ann": "7", "Bob": "1", "Eve": "7"}
    assert found["students"][1]["missing"] == 6
    assert "dL/dw" not in found["values"]
    born = {s["name"]: s["wrong"] for s in found["steps"]}
    assert born["L[1]"] == 1


def test_what_the_problem_gives_earns_nothing() -> None:
    sheets(Ann="w: 0.5\nh[0]: 0\nL: 6.5625\n")
    assert graded()["values"] == ["L"]


def test_a_name_counts_in_every_spelling_and_a_vector_entry_by_entry() -> None:
    sheets(Ann="h[T]: 0\n∂L/∂w: 0\n", Bob="h[3]: 0\ndL/dw: 0\n")
    found = graded(*policy("values: ['h[T]', dL/dw]"))
    assert found["values"] == ["h[3]", "dL/dw"]
    assert marks(found) == {"Ann": "2", "Bob": "2"}


def test_a_vector_given_entry_by_entry_earns_its_part() -> None:
    sheets(
        Ann="h[1](1): 0\nh[1](2): 0\n", Bob="h[1](1): 0\n", Eve="h[1](1): 0\nh[1](2): 5\n",
        Zoe="h[1]: [0, 0]\n",
    )  # fmt: skip
    Path("vectors.yaml").write_text(
        "equations: h[t] = relu(W @ h[t-1])\nsteps: 1..1\n"
        "parameters: {W: [[1, 0], [0, 1]]}\ninitial: {'h[0]': [0, 0]}\n",
        "utf-8",
    )
    found = graded(*policy("values: ['h[1]']\nmarks: 2"), problem="vectors.yaml")
    assert marks(found) == {"Ann": "2", "Bob": "1", "Eve": "1", "Zoe": "2"}


def test_what_was_recognised_is_counted_by_student_and_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def recognised(item: Any) -> tuple[str, ...]:
        return ("prediction-fed-back",) if item.verdict == "wrong" else ()

    monkeypatch.setattr("rnnhand.grading.record.reasons", recognised)
    sheets(Ann=RIGHT, Bob=SLIP, Eve=SLIP.replace("[0, 1, 0]", "[0, 1, 3]"))
    found = graded()
    SCHEMA.validate(found)
    (one,) = found["misconceptions"]
    assert (one["students"], one["where"]) == (2, {"h[2]": 2, "h[3]": 1})
    assert table("results.csv")[1]["diagnoses"] == "prediction-fed-back (h[2])"
    page = command("grade", PROBLEM, "sheets", "--lang", "en").stdout
    assert "What was done there" in page and "prediction fed back" in page


def test_the_report_goes_to_a_file() -> None:
    sheets(Ann=RIGHT)
    assert command("grade", PROBLEM, "sheets", "-o", "report.txt").stdout == ""
    assert "7" in Path("report.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("marks: {h[1..3]: 1}", "1:10", "needs quotes"),
        ("marks: {'h[1..3]': -1}", "1:20", "number of marks"),
        ("folows: half", "1:1", "did you mean follows"),
        ("follows: most", "1:10", "full, half or none"),
        ("values: [h[*]]", "1:", ""),
        ("values: ['h[*]']", "1:10", "without patterns"),
        ("marks:\n  hh[2]: 1", "2:3", "hh"),
        ("marks:\n  *: 1", "2:3", "quotes"),
        ("- 1", "1:1", "a map"),
        ("total: 1e400", "1:8", "number of marks"),
        ("round: 0", "1:8", "number of marks"),
        ("values: ['h[0..9999999]']", "1:10", "10000"),
    ],
)
def test_a_mistake_in_a_policy_has_its_place_and_the_likely_fix(
    text: str, place: str, said: str
) -> None:
    sheets(Ann=RIGHT)
    done = command("grade", PROBLEM, *policy(text), "--lang", "en")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"policy.yaml:{place}")
    assert said in done.stderr
    assert not Path("graded").exists()


# Where sheets come from


def test_a_table_with_a_row_a_student_is_a_class() -> None:
    Path("class.csv").write_text(
        "student,h[1],h[2],h[3],yhat[1..3],L,e-mail\n"
        'Ann,0,1/2,0,"[0, 1/4, 0]",6.5625,a@b\n'
        'Bob,0,1,0,"[0, 0.5, 0]","6,5625",\n'
        ",,,,,,\n"
        "Ann,,,,,,x\n"
        "Eve,0,0.5,0,[0,0.25,0],6.5625,too,many\n",
        "utf-8",
    )
    found = graded("class.csv")
    assert marks(found) == {"Ann": "7", "Bob": "6", "Ann (2)": "0", "Eve": None}
    assert found["unread_columns"] == ["e-mail"]
    assert "row 6" in found["students"][3]["why"][0]
    sheets(Ann=RIGHT, Bob=SLIP)
    assert graded("sheets", "--into", "other")["steps"][0] == {
        **found["steps"][0], "missing": 0, "right": 1
    }  # fmt: skip


def test_a_table_of_another_alphabet_and_separator_is_read_too() -> None:
    Path("класс.csv").write_text("\ufeffСтудент;h[2];L\nАня;0,5;6,5625\nБорис;1;0\n", "utf-8")
    assert marks(graded("класс.csv")) == {"Аня": "2", "Борис": "0"}


def test_folders_patterns_and_files_mix_and_no_sheet_counts_twice() -> None:
    sheets(Ann=RIGHT, Bob=SLIP)
    Path("sheets/late").mkdir()
    Path("sheets/late/Zoe.json").write_text('{"h[2]": "1/2"}', "utf-8")
    Path("sheets/.hidden.yaml").write_text("x", "utf-8")
    Path("sheets/photo.jpg").write_bytes(b"\xff")
    found = graded("sheets/*.yaml", "sheets", "sheets/Ann.yaml")
    assert [s["student"] for s in found["students"]] == ["Ann", "Bob", "late/Zoe"]


def test_results_in_the_folder_of_the_sheets_are_no_sheets() -> None:
    sheets(Ann=RIGHT)
    Path("sheets/policy.yaml").write_text("marks: 2", "utf-8")
    args = ("sheets", "--into", "sheets/graded", "--policy", "sheets/policy.yaml")
    for _ in range(2):
        assert list(marks(graded(*args))) == ["Ann"]


@pytest.mark.parametrize("name", ["nothing", "no/*.yaml", "empty", "\0"])
def test_no_sheets_are_one_clear_message(name: str) -> None:
    Path("empty").mkdir()
    done = command("grade", PROBLEM, name)
    assert done.exit_code == 2
    assert "Traceback" not in done.output and done.stdout == ""


# Runs that go on


def test_an_interrupted_run_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets(**{f"s{i}": RIGHT + f"dL/dw: {i}\n" for i in range(6)})

    def stop(done: int, of: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    problem = load(source(PROBLEM))
    marker, words = marker_for(problem), phrases("en")
    handed_in = collect(["sheets"], [], lambda _: False)
    with pytest.raises(KeyboardInterrupt):
        grade(problem, marker, Policy(), handed_in, Path("graded"), How(), words, stop)
    assert not Path("graded/results.csv").exists()
    with Path("graded/.rnnhand-grade/records.jsonl").open("a", encoding="utf-8") as lines:
        lines.write('{"key": "half-writ')
    assert graded()["kept"] == 4
    assert graded()["kept"] == 6
    assert graded("sheets", "--anew")["kept"] == 0
    assert len(table("results.csv")) == 6


def test_only_changed_sheets_are_marked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets(Ann=RIGHT, Bob=SLIP, Eve=CIRCULATING)
    graded()
    sheets(Bob=RIGHT, Kim="L: 1\n")
    (change,) = (found := graded())["changes"]
    assert found["kept"] == 3  # Bob's new sheet is that of Ann, which is marked
    assert (change["student"], change["before"], change["now"]) == ("Bob", "6 / 7", "7 / 7")
    assert change["why"] == ["sheet"]
    assert graded(*policy("total: 14"))["kept"] == 4
    assert {r["why"] for r in table("changes.csv")} == {"policy"}


def test_a_corrected_key_lists_whose_marks_changed_and_why() -> None:
    text = bundled()[PROBLEM].read_text("utf-8")
    Path("problem.yaml").write_text(text.replace("[0, 1, -1, 2]", "[0, 2, -1, 2]"), "utf-8")
    sheets(
        Ann=RIGHT, Bob="h[1..3]: [0, 1, 0]\nyhat[1..3]: [0, 0.5, 0]\nL: 10.25\n", Eve="h[1]: 0\n"
    )
    before = graded(problem="problem.yaml")
    assert marks(before)["Bob"] == "7"
    Path("problem.yaml").write_text(text, "utf-8")
    found = graded(problem="problem.yaml")
    assert found["kept"] == 0
    changes = {c["student"]: c for c in found["changes"]}
    assert set(changes) == {"Ann", "Bob"}
    assert changes["Ann"]["now"] == "7 / 7" and changes["Ann"]["why"] == ["key"]
    moved = {m["name"]: m for m in changes["Bob"]["values"]}
    assert moved["h[2]"]["before"] == {"verdict": "right", "expected": "1"}
    assert moved["h[2]"]["now"] == {"verdict": "wrong", "expected": "1/2"}
    page = command("grade", "problem.yaml", "sheets", "--lang", "en").stdout
    assert "Marks that changed" not in page  # nothing has changed since
    assert {r["student"] for r in table("changes.csv")} == {"Ann", "Bob"}


def test_a_folder_of_somebody_else_s_results_is_left_alone() -> None:
    sheets(Ann=RIGHT)
    Path("graded").mkdir()
    Path("graded/results.csv").write_text("mine", "utf-8")
    done = command("grade", PROBLEM, "sheets")
    assert done.exit_code == 2
    assert [p.name for p in Path("graded").iterdir()] == ["results.csv"]


def test_pages_of_students_who_left_go_and_nothing_else_does() -> None:
    sheets(Ann=RIGHT, Bob=SLIP)
    graded()
    Path("graded/feedback/my notes.txt").write_text("keep", "utf-8")
    Path("sheets/Bob.yaml").unlink()
    graded()
    assert {p.name for p in Path("graded/feedback").iterdir()} == {"Ann.txt", "my notes.txt"}


# In parallel


def contents(folder: str) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(Path(folder).rglob("*"))
        if p.is_file() and p.name != "records.jsonl"
    }


def mixed(n: int) -> dict[str, str]:
    return {f"s{i}": (RIGHT, SLIP, "h: [")[i % 3] + f"\ndL/dw: {i}\n" for i in range(n)}


def test_two_processes_find_what_one_finds() -> None:
    sheets(**mixed(9))
    graded("sheets", "--into", "one", "--jobs", "1")
    graded("sheets", "--into", "two", "--jobs", "2")
    assert contents("one") == contents("two")


def test_a_cluster_finds_what_one_process_finds() -> None:
    distributed = pytest.importorskip("distributed")
    sheets(**mixed(6))
    graded("sheets", "--into", "one", "--jobs", "1")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as cluster:
        where = ("--backend", "dask", "--scheduler", cluster.scheduler_address)
        graded("sheets", "--into", "many", *where)
    assert contents("one") == contents("many")


def test_a_scheduler_is_named_with_its_backend_and_must_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sheets(Ann=RIGHT)
    monkeypatch.setattr("rnnhand.grading.backends.PATIENCE", 1)
    for options in (
        ("--backend", "dask"),
        ("--scheduler", "tcp://localhost:1"),
        ("--backend", "dask", "--scheduler", "tcp://127.0.0.1:1"),
        ("--backend", "dask", "--scheduler", "nonsense://"),
    ):
        done = command("grade", PROBLEM, "sheets", *options, "--lang", "en")
        assert done.exit_code == 2
        assert "scheduler" in done.stderr and "Traceback" not in done.output
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    done = command("grade", PROBLEM, "sheets", *options, "--lang", "en")
    assert done.exit_code == 2
    assert "rnnhand[dask]" in done.stderr


# Strangers' texts


HOSTILE = {
    "code": "h[2]: \"__import__('os').system('x')\"\nL: 6.5625\n",
    "many": "".join(f"k{i}: 1\n" for i in range(6_000)),
    "numbers": 'h[1]: nan\nh[2]: 1e999999\nL: "' + "9" * 5000 + '"\n',
    "aliases": "a: &a [1]\nb: *a\n",
    "deep": "h[2]: " + "[" * 500,
    "nothing": "",
    "control": '"\\x1b[31m": 1\nh[2]: "\\u202e1"\n',
    "formula": '"=HYPERLINK(1)": "=1+1"\nh[2]: "=cmd|0"\n"@x;=1+1": 5\n',
}


def test_one_bad_sheet_never_stops_the_class() -> None:
    sheets(Ann=RIGHT, **HOSTILE)
    Path("sheets/binary.csv").write_bytes(b"\x00\xff\x00")
    Path("sheets/huge.yaml").write_text("a" * 5_000_000, "utf-8")
    found = graded(*policy("values: ['h[1..3]', 'yhat[1..3]', L]"))
    assert len(found["students"]) == len(HOSTILE) + 3
    assert marks(found)["Ann"] == "7"
    assert marks(found)["code"] == "1"
    for name in ("results.csv", "values.csv"):
        for row in csv.reader(io.StringIO(Path("graded", name).read_text("utf-8"))):
            for cell in row:
                assert cell.isprintable()
                for part in cell.split(";"):
                    assert part.strip(' "')[:1] not in tuple(FORMULA) or NUMBER.fullmatch(
                        part.strip()
                    )
    page = Path("graded/feedback/control.txt").read_text("utf-8")
    assert all(c.isprintable() or c == "\n" for c in page)


def test_what_stumbles_in_us_is_one_row_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets(Ann=RIGHT, Bob=SLIP, Eve=RIGHT + "dL/dw: 1\n")
    check, where = worker.Checker.check_answers, Path.cwd()

    def stumbling(checker: Any, answers: Any, sheet: Any) -> Any:
        if len(answers) in (1, 8):
            raise ZeroDivisionError
        return check(checker, answers, sheet)

    monkeypatch.setattr(worker.Checker, "check_answers", stumbling)
    found = graded()
    assert marks(found) == {"Ann": "7", "Bob": "6", "Eve": None}
    assert "ZeroDivisionError" in found["students"][2]["why"][0]
    monkeypatch.undo()
    monkeypatch.chdir(where)
    again = graded()  # what failed is tried again
    assert (again["kept"], marks(again)["Eve"]) == (2, "7")
    assert again["changes"][0]["before"] == "– / 7"


@pytest.mark.parametrize("number", ["1/(1-1)", "sqrt(-1)", "log(0)"])
def test_a_value_without_a_value_does_not_stop_its_sheet(number: str) -> None:
    sheets(Ann=RIGHT.replace("6.5625", number))
    found = graded()
    assert (marks(found)["Ann"], found["students"][0]["unreadable"]) == ("6", 1)


def test_a_sheet_that_takes_forever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets(Ann=RIGHT)

    def endless(checker: Any, answers: Any, sheet: Any) -> Any:
        while True:
            pass

    monkeypatch.setattr(worker.Checker, "check_answers", endless)
    monkeypatch.setattr(worker, "SECONDS", 0.2)
    done = command("grade", PROBLEM, "sheets", "--lang", "en")
    assert done.exit_code == 2  # none of the sheets could be read
    assert table("results.csv")[0]["problem"] == "grade-too-slow"


def test_names_of_students_are_no_paths() -> None:
    names = ["../../etc/passwd", "/abs", "CON", "ann", "Ann", "a\x00b", "..", "=1+1", "x" * 400, ""]
    rows = "".join(f'"{name}",1/2\n' for name in names)
    Path("class.csv").write_text(f"student,h[2]\n{rows}", "utf-8")
    found = graded("class.csv")
    pages = list(Path("graded/feedback").iterdir())
    assert len(pages) == len(found["students"]) == len(names)
    assert len({p.name.casefold() for p in pages}) == len(names)
    assert set(Path().rglob("*.txt")) == set(pages)
    assert sorted(os.listdir()) == ["class.csv", "graded"]
    assert "'=1+1" in {r["student"] for r in table("results.csv")}


def test_a_class_table_that_is_broken_is_one_unread_sheet() -> None:
    sheets(Ann=RIGHT)
    Path("sheets/twice.csv").write_text("student,h[2],h[2]\nA,1,2\n", "utf-8")
    found = graded()
    assert marks(found) == {"Ann": "7", "twice": None}


@pytest.mark.parametrize("form", ["json", "none"])
def test_students_get_the_page_that_was_chosen(form: str) -> None:
    sheets(Bob=SLIP)
    graded("sheets", "--feedback", form)
    if form == "none":
        assert not Path("graded/feedback").exists()
        return
    page = json.loads(Path("graded/feedback/Bob.json").read_text("utf-8"))
    assert page["marks"] == "6" and page["lost"] == [
        {"name": "h[2]", "verdict": "wrong", "marks": "1"}
    ]
    assert "expected" not in page["items"][0]
    graded("sheets", "--feedback", form, "--reveal")
    page = json.loads(Path("graded/feedback/Bob.json").read_text("utf-8"))
    assert page["items"][1]["expected"] == "1/2"


@pytest.mark.parametrize(("form", "end"), [("html", "html"), ("markdown", "md"), ("pdf", "pdf")])
def test_students_get_a_page_in_any_format_of_pages(form: str, end: str) -> None:
    if form == "pdf":
        pytest.importorskip("typst")
    sheets(Bob=SLIP, Zoe="h[2]: [")
    graded("sheets", "--feedback", form)
    page = Path(f"graded/feedback/Bob.{end}").read_bytes()
    if form == "pdf":
        assert page.startswith(b"%PDF")
    else:
        said = page.decode("utf-8")
        assert "6 of 7 marks" in said and "follows" in said and "Bob" in said
        assert "1/2" not in said and "<script" not in said
    graded("sheets", "--feedback", form)
    assert Path(f"graded/feedback/Bob.{end}").read_bytes() == page
    assert Path(f"graded/feedback/Zoe.{end}").is_file()


def test_writing_fails_with_one_message() -> None:
    sheets(Ann=RIGHT)
    Path("file").write_text("", "utf-8")
    done = command("grade", PROBLEM, "sheets", "--into", "file/graded")
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_the_report_says_where_a_class_went_wrong() -> None:
    sheets(Ann=RIGHT, Bob=SLIP, Eve=SLIP + "dL/dw: 0\n")
    page = command("grade", PROBLEM, "sheets", "--lang", "en").stdout
    assert "mean 6.33, median 6, from 6 to 7, of 7" in page
    assert any(line.split()[:2] == ["h[2]", "2"] and "■" in line for line in page.split("\n"))
    russian = command("grade", PROBLEM, "sheets", "--lang", "ru").stdout
    assert "Где сделаны ошибки" in russian


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_a_class_is_read_in_the_encodings_in_which_tables_are_saved(
    encoding: str, tmp_path: Path
) -> None:
    table, sheet, into = tmp_path / "class.csv", tmp_path / "Вера.csv", tmp_path / "graded"
    table.write_bytes("студент;h[2];L\nАнна;0,5;6,5625\nБорис;0,5;7\n".encode(encoding))
    sheet.write_bytes("имя;значение\nh[2];0,5\nL;6,5625\n".encode(encoding))
    files = [str(table), str(sheet), "--into", str(into)]
    done = command("grade", "there-and-back", *files)
    assert done.exit_code == 0, done.output
    rows = (into / "results.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [row.split(",")[0].lstrip("\ufeff") for row in rows] == ["Анна", "Борис", "Вера"]
    assert [row.split(",")[3:6] for row in rows] == [[r, "0", w] for r, w in ("20", "11", "20")]


def test_a_student_without_a_name_is_called_so_in_the_language_of_the_page() -> None:
    Path("class.csv").write_text("student,h[2]\n,1/2\nAnn,1/4\n", "utf-8")
    result = command("grade", "there-and-back", "class.csv", "--lang", "ru", "--format", "json")
    assert result.exit_code == 0, result.output
    assert "строка 2" in {s["student"] for s in json.loads(result.stdout)["students"]}
