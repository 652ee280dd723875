"""The data that comes with the package: functions, optimizers, bundled problems."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from rnnhand.language.operations import Function, Functions
from rnnhand.language.parser import parse_equations, parse_expression
from rnnhand.language.tree import Expr
from rnnhand.problem import yaml
from rnnhand.problem.model import Optimizer


def folder(name: str) -> list[Traversable]:
    """The YAML files of one folder of the library, in order of their names."""
    found = files("rnnhand").joinpath("library", name).iterdir()
    return sorted((f for f in found if f.name.endswith(".yaml")), key=lambda f: f.name)


@cache
def functions() -> Functions:
    """Every function of the library, by its one name."""
    found = (
        function(file.name.removesuffix(".yaml"), file.read_text("utf-8"))
        for file in folder("functions")
    )
    return {f.name: f for f in found}


def function(name: str, source: str) -> Function:
    """A function from its file. The derivative by a parameter may use `result`."""
    node = yaml.read(source)
    assert isinstance(node, yaml.Map), name
    return Function(
        name=name,
        parameters=texts(node, "parameters"),
        value=parse_expression(text(node, "value")),
        slopes=expressions(node, "slopes"),
        defaults=expressions(node, "defaults"),
        aliases=texts(node, "aliases"),
        activation=text(node, "activation") == "yes",
        notation=text(node, "notation"),
        kink=text(node, "kink"),
        also=expressions(node, "also"),
        steepest=parse_expression(steepest) if (steepest := text(node, "steepest")) else None,
        range=tuple(parse_expression(x) for x in texts(node, "range")),
    )


@cache
def optimizers() -> dict[str, Optimizer]:
    """Every update rule of the library, by its name."""
    found = {}
    for file in folder("optimizers"):
        name = file.name.removesuffix(".yaml")
        found[name] = optimizer(name, file.read_text("utf-8"))
    return found


def optimizer(name: str, source: str) -> Optimizer:
    """An update rule from its file. An option without a value has no default."""
    node = yaml.read(source)
    assert isinstance(node, yaml.Map), name
    return Optimizer(
        name=name,
        title=pairs(node, "title"),
        options={k: Fraction(v) if v else None for k, v in pairs(node, "options").items()},
        state=texts(node, "state"),
        statements=parse_equations(text(node, "equations")),
        point=text(node, "point"),
        symbols=pairs(node, "symbols"),
        shares=texts(node, "shares"),
    )


def text(node: yaml.Map, key: str) -> str:
    """The text under a key, or none."""
    value = node.get(key)
    return value.text if isinstance(value, yaml.Text) else ""


def texts(node: yaml.Map, key: str) -> tuple[str, ...]:
    """The texts of the list under a key."""
    value = node.get(key)
    items = value.items if isinstance(value, yaml.List) else ()
    return tuple(item.text for item in items if isinstance(item, yaml.Text))


def pairs(node: yaml.Map, key: str) -> dict[str, str]:
    """The texts of the map under a key."""
    value = node.get(key)
    entries = value.entries if isinstance(value, yaml.Map) else ()
    return {k.text: v.text for k, v in entries if isinstance(v, yaml.Text)}


def expressions(node: yaml.Map, key: str) -> dict[str, Expr]:
    """The map under a key, its texts read as expressions."""
    value = node.get(key)
    entries = value.entries if isinstance(value, yaml.Map) else ()
    return {k.text: parse_expression(v.text) for k, v in entries if isinstance(v, yaml.Text)}
