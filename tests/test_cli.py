"""The command line: exit status, files, JSON, options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from rnnhand.cli import main

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "solve.schema.json").read_text("utf-8"))


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"LANG": "C"})


@pytest.mark.parametrize("arithmetic", ["auto", "exact", "decimal", "symbolic", "float"])
@pytest.mark.parametrize("problem", ["there-and-back", "slide-rnn-last"])
def test_json_is_what_the_schema_says(problem: str, arithmetic: str) -> None:
    result = call("solve", problem, "--format", "json", "--arithmetic", arithmetic)
    if arithmetic == "symbolic" and result.exit_code == 2:
        assert "operations" in result.output
        return
    assert result.exit_code == 0, result.output
    Draft202012Validator(SCHEMA).validate(json.loads(result.stdout))


@pytest.mark.parametrize(
    "args",
    [
        ("count", "there-and-back"),
        ("count", "two-layers-lstm"),
        ("count", "--cell", "lstm", "--sizes", "x=3,h=2"),
        ("count", "--layers", "rnn:2,rnn:1", "--sizes", "x=3", "--output-matrix", "2"),
        ("cells",),
        ("cell", "lstm-peephole"),
        ("cell", "book-cell"),
        ("problems",),
        ("sheet", "there-and-back"),
        ("handout", "quiz-composition"),
        ("check", "there-and-back", "there-and-back-circulating"),
    ],
)
def test_the_json_of_every_command_is_what_its_schema_says(args: tuple[str, ...]) -> None:
    schema = json.loads((ROOT / "docs" / f"{args[0]}.schema.json").read_text("utf-8"))
    result = call(*args, "--format", "json")
    assert result.exit_code == (1 if args[0] == "check" else 0), result.output
    Draft202012Validator(schema).validate(json.loads(result.stdout))


def test_the_contract_s_own_example_comes_out() -> None:
    found = json.loads(call("solve", "there-and-back", "--format", "json").output)
    assert found["problem"] == "There and back"
    assert found["arithmetic"] == "exact"
    values = {"h[1]": "0", "h[2]": "1/2", "yhat[2]": "1/4", "L": "105/16"}
    assert values.items() <= found["values"].items()
    gradients = {"dL/dw": "0", "dL/dv": "5/4", "dL/du": "5/4", "dL/dh[2]": "5/4", "dL[2]/du": "5/4"}
    assert gradients.items() <= found["gradients"].items()
    assert found["after"] == [{"w": "1/2", "v": "3/8", "u": "3/8", "L": "25809/4096"}]


def test_data_is_differentiated_on_request() -> None:
    found = json.loads(call("solve", "there-and-back", "--format", "json", "--wrt", "y").output)
    assert found["gradients"]["dL/dy[1]"] == "21/8"  # -2·(0 − 1) + 1/2·5/4
    assert "dL/dy[1]" not in json.loads(call("solve", "there-and-back", "--format", "json").output)


def test_questions_can_be_picked() -> None:
    output = call("solve", "there-and-back", "--only", "dh[2]/dv", "--only", "h[2]").output
    assert "∂h_2/∂v = 1" in output
    assert "Forward" not in output
    assert "Gradient" not in output


@pytest.mark.parametrize(
    "args",
    [
        ("solve", "there-and-back", "--only", "dq[9]/dw"),
        ("solve", "there-and-back", "--only", "h[7]"),
        ("solve", "there-and-back", "--only", "h[2](3)"),
        ("solve", "there-and-back", "--wrt", "nothing"),
        ("solve", "no-such-problem"),
        ("solve", "there-and-back", "--format", "carrier-pigeon"),
        ("solve",),
        ("solve", "there-and-back", "-o", "/no/such/folder/file.txt"),
        ("frobnicate",),
    ],
)
def test_a_faulty_call_exits_with_2_and_one_message(args: tuple[str, ...]) -> None:
    result = call(*args)
    assert result.exit_code == 2
    assert result.output.strip()
    assert "Traceback" not in result.output


def test_output_goes_to_a_file_whole(tmp_path: Path) -> None:
    file = tmp_path / "solution.txt"
    assert call("solve", "there-and-back", "-o", str(file)).exit_code == 0
    assert "105/16" in file.read_text("utf-8")
    assert [f.name for f in tmp_path.iterdir()] == ["solution.txt"]
    file = tmp_path / "solution.json"
    call("solve", "there-and-back", "--format", "json", "-o", str(file))
    assert json.loads(file.read_text("utf-8"))["values"]["L"] == "105/16"


def test_the_same_input_gives_the_same_bytes() -> None:
    assert call("solve", "slide-rnn-last").output == call("solve", "slide-rnn-last").output


def test_the_version_is_printed() -> None:
    assert "rnnhand" in call("--version").output
