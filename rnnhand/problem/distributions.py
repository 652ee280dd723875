"""The distributions of the library: a density each, its parameter, and the usual link."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Expr
from rnnhand.problem import yaml
from rnnhand.problem.library import folder, pairs, text, texts


@dataclass(frozen=True)
class Density:
    """`density` of one observation; or `each`, a factor for every class, of several. `ranges` says
    for some names which numbers are possible: probability, positive, not negative, count, or zero
    or one."""

    name: str
    title: dict[str, str]
    parameter: str
    observed: str
    density: Expr | None
    each: Expr | None
    link: str
    aliases: tuple[str, ...]
    ranges: dict[str, str]


@cache
def densities() -> dict[str, Density]:
    """Every distribution, by its name."""
    found = {}
    for file in folder("distributions"):
        name = file.name.removesuffix(".yaml")
        found[name] = density(name, file.read_text("utf-8"))
    return found


def density(name: str, source: str) -> Density:
    node = yaml.read(source)
    assert isinstance(node, yaml.Map), name
    whole, each = text(node, "density"), text(node, "each")
    return Density(
        name,
        pairs(node, "title"),
        text(node, "parameter"),
        text(node, "observed"),
        parse_expression(whole) if whole else None,
        parse_expression(each) if each else None,
        text(node, "link"),
        texts(node, "aliases"),
        pairs(node, "ranges"),
    )
