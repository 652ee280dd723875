"""The cells that come with the package: their files are whole, and their kinships are true."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from solving import solve

FOLDER = Path(__file__).parents[1] / "rnnhand" / "library" / "cells"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))
STEPS = 3


@cache
def cell(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return found


def entries(shape: list[str], sizes: dict[str, int]) -> list[int]:
    """The numbers of a shape: `[h, x + h]` with x = 3, h = 2 is [2, 5]."""
    return [sum(sizes[part.strip()] for part in size.split("+")) for size in shape]


def drawn(shape: list[int], random: Random) -> Any:
    if not shape:
        return str(Fraction(random.randint(-9, 9), 10))
    return [drawn(shape[1:], random) for _ in range(shape[0])]


def weights(name: str, seed: int = 1) -> dict[str, Any]:
    sizes = dict.fromkeys(cell(name)["sizes"], 2)
    random = Random(seed)
    return {p: drawn(entries(s, sizes), random) for p, s in cell(name)["parameters"].items()}


def outputs(name: str, parameters: dict[str, Any], **initial: Any) -> list[Any]:
    """What a cell gives for one fixed sequence of inputs of two entries each."""
    problem = {
        "cell": name,
        "steps": f"1..{STEPS}",
        "parameters": parameters,
        "initial": {f"{q}[0]": v for q, v in initial.items()},
        "data": {f"x[1..{STEPS}]": [["1", "1/2"], ["-1", "1/5"], ["0", "2"]]},
        "ask": ["forward"],
    }
    values = solve(json.dumps(problem), digits=20)["values"]
    return [values[f"{cell(name)['output']}[{t}]"] for t in range(1, STEPS + 1)]


def negative(value: Any) -> Any:
    return [negative(v) for v in value] if isinstance(value, list) else str(-Fraction(value))


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_speaks_both_languages(name: str) -> None:
    found = cell(name)
    texts = [found[key] for key in ("title", "source", "about")]
    for key in ("sizes", "symbols", "relatives"):
        texts += found[key].values()
    texts += [f["why"] for f in found.get("frameworks", {}).values() if "why" in f]
    for text in texts:
        assert set(text) == {"en", "ru"}, text
        assert all(text.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_explains_every_name_it_uses_and_no_other(name: str) -> None:
    found = cell(name)
    made = {line.split("=")[0].split("[")[0].strip() for line in found["equations"].splitlines()}
    wanted = made | set(found["parameters"]) | {found["input"]} | set(found.get("functions", {}))
    assert set(found["symbols"]) == wanted
    assert set(found["biases"]) <= set(found["parameters"])
    assert {key.split("[")[0] for key in found.get("initial", {})} <= made
    assert found["output"] in made


@pytest.mark.parametrize("name", NAMES)
def test_the_relatives_of_a_cell_exist(name: str) -> None:
    assert cell(name)["relatives"]
    assert set(cell(name)["relatives"]) <= set(NAMES) - {name}


@pytest.mark.parametrize("name", NAMES)
def test_a_framework_counts_no_fewer_parameters_than_the_cell_has(name: str) -> None:
    """What it counts besides is a second bias vector, and then the file says why."""
    found = cell(name)
    sizes = {size: n for n, size in enumerate(found["sizes"], 3)}
    own = 0
    for shape in found["parameters"].values():
        product = 1
        for n in entries(shape, sizes):
            product *= n
        own += product
    for framework in found.get("frameworks", {}).values():
        count = eval(framework["count"], {"__builtins__": {}}, sizes)
        assert count >= own
        assert (count > own) == ("why" in framework)


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_two_readings_of_z_differ_by_a_sign(place: str) -> None:
    keep = weights(f"gru-{place}-keep")
    new = {p: negative(v) if p.endswith("_z") else v for p, v in keep.items()}
    assert outputs(f"gru-{place}-keep", keep) == outputs(f"gru-{place}-new", new)


def test_stacked_input_gives_the_same_lstm() -> None:
    given = weights("lstm")
    stacked = {p: v for p, v in given.items() if p.startswith("b_")}
    for g in "fioc":
        pairs = zip(given[f"W_{g}"], given[f"U_{g}"], strict=True)
        stacked[f"W_{g}"] = [w + u for w, u in pairs]
    assert outputs("lstm", given) == outputs("lstm-stacked", stacked)


def test_the_carousel_is_the_lstm_of_1997() -> None:
    given = weights("lstm-1997")
    assert outputs("lstm-1997", given) == outputs("lstm-carousel", given)


@pytest.mark.parametrize("peephole", [n for n in NAMES if n.startswith("lstm-peephole")])
def test_peepholes_of_weight_zero_leave_the_lstm(peephole: str) -> None:
    given = weights("lstm")
    looking = {p.replace("U_", "V_"): v for p, v in given.items()}
    for p, shape in cell(peephole)["parameters"].items():
        if p.startswith("U_"):
            looking[p] = [["0", "0"], ["0", "0"]] if len(shape) == 2 else ["0", "0"]
    state = ["1/2", "-1/3"]
    assert outputs("lstm", given, c=state) == outputs(peephole, looking, c=state)


def test_diagonal_matrices_are_diagonal_peepholes() -> None:
    for full, diagonal in (
        ("lstm-peephole", "lstm-peephole-diagonal"),
        ("lstm-peephole-output", "lstm-peephole-2000"),
    ):
        vectors = weights(diagonal)
        matrices = {
            p: [[v[0], "0"], ["0", v[1]]] if p.startswith("U_") else v for p, v in vectors.items()
        }
        assert outputs(full, matrices) == outputs(diagonal, vectors)


def test_the_minimal_gated_unit_is_a_gru_with_one_gate() -> None:
    given = weights("mgu")
    gated = {p: v for p, v in given.items() if p.endswith("_h")}
    for short in "WUb":
        gated[f"{short}_z"] = gated[f"{short}_r"] = given[f"{short}_f"]
    assert outputs("mgu", given) == outputs("gru-before-new", gated)
