"""The table of ARCHITECTURE.md, held by reading the imports."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1] / "rnnhand"

SEES = {
    "errors": set(),
    "language": {"errors"},
    "system": {"errors", "language"},
    "calculus": {"errors", "language", "system"},
    "arithmetic": {"errors", "language", "system"},
    "problem": {"errors", "language", "system"},
    "phrases": {"problem"},
    "document": {"language"},
    "explain": {"errors", "language", "system", "phrases", "document"},
    "questions": {
        *("errors", "language", "system", "calculus", "arithmetic"),
        *("problem", "phrases", "document", "explain"),
    },
    "marking": {
        *("errors", "language", "system", "calculus", "arithmetic"),
        *("problem", "phrases", "document", "explain", "questions"),
    },
    "render": {"document", "language"},
    "export": {
        *("errors", "language", "system", "calculus", "problem", "phrases", "questions"),
    },
    "grading": {
        *("__version__", "errors", "language", "problem", "phrases", "document"),
        *("explain", "questions", "marking", "render"),
    },
}
HOMES = {
    "click": {"cli"},
    "distributed": {"grading/backends.py"},
    "joblib": {"grading/backends.py", "grading/early.py"},
    "rich": {"render", "cli"},
    "sympy": {"arithmetic/symbolic.py", "arithmetic/closed.py"},
    "flint": {"arithmetic"},
    "resvg_py": {"render/png.py"},
    "typst": {"render/pdf.py"},
    "yaml": {"problem/yaml.py"},
}
FILES = sorted(ROOT.rglob("*.py"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def imports(path: Path) -> set[str]:
    """The dotted names that a module imports, wherever in it."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_a_module_imports_only_what_its_package_may_see() -> None:
    for path in FILES:
        own = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if own in SEES:
            seen = {name.split(".")[1] for name in imports(path) if name.startswith("rnnhand.")}
            assert seen - {own} <= SEES[own], path


def test_every_library_has_one_home() -> None:
    for path in FILES:
        place = path.relative_to(ROOT)
        for name in imports(path):
            top = name.split(".")[0]
            if top in HOMES:
                assert {place.parts[0], str(place)} & HOMES[top], (top, place)


def test_imports_inside_a_package_make_no_circle() -> None:
    from graphlib import TopologicalSorter

    modules = {
        "rnnhand." + ".".join(p.relative_to(ROOT).with_suffix("").parts): imports(p) for p in FILES
    }
    graph = {m: {i for i in seen if i in modules and i != m} for m, seen in modules.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_no_module_knows_the_name_of_a_cell() -> None:
    cells = {f.stem for f in (ROOT / "library" / "cells").glob("*.yaml")}
    assert cells
    for path in FILES:
        told = {
            id(node.body[0].value)
            for node in nodes(path)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and isinstance(node.body[0] if node.body else None, ast.Expr)
        }
        words = {
            node.value
            for node in nodes(path)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in told
        }
        assert not words & cells, path


def test_help_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from rnnhand.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('rich', 'flint', 'sympy', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_solving_in_numbers_does_not_import_sympy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from rnnhand.cli import main\n"
        "try: main(['solve', 'there-and-back', '--lang', 'en'])\n"
        "except SystemExit: pass\n"
        "print('sympy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
