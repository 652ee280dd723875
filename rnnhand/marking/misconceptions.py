"""Misconceptions and conventions as data: which equations they rewrite, and what is said of them.

A file of `library/misconceptions` holds a `name` and a sentence that it `says`, in each language,
and `rewrites`. Each of these finds a pattern in equations of some kind and puts another expression
in its place:

    in     forward, loss, adjoint, contribution, total, slope or update, one or several
    where  what the variables of the pattern stand for, by kind (see `kinds`)
    find   a pattern, or several that are exchanged at once
    put    a template for each; a variable that `find` lacks takes every value of its kind
    through  only summands that came through: another step, loss, step loss
    of     only equations of a kind of quantity, and gradients by it
    keep   last step: the summand stays there and is dropped elsewhere
    also   the reverse: two variables are exchanged where each stands in equations of its own
    move   instead of all that: the name of a rewriting that no pattern can say (see `moves`)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Expr
from rnnhand.problem import yaml
from rnnhand.problem.library import folder, pairs, text, texts
from rnnhand.problem.model import Wording


@dataclass(frozen=True)
class Rewrite:
    """What is looked for in which equations, and what is put there."""

    kinds: tuple[str, ...]
    find: tuple[Expr, ...]
    put: tuple[Expr, ...]
    where: Mapping[str, str] = field(default_factory=dict)
    through: str = ""
    of: str = ""
    keep: str = ""
    also: str = ""
    move: str = ""


@dataclass(frozen=True)
class Misconception:
    """`name` is a few words; `says` has slots {where}, {found}, {put}, {step}, or a variable's."""

    id: str
    name: Wording
    says: Wording
    rewrites: tuple[Rewrite, ...]


@cache
def misconceptions(name: str = "misconceptions") -> tuple[Misconception, ...]:
    """Every misconception of the library; `conventions` is a folder of the same kind."""
    return tuple(
        misconception(file.name.removesuffix(".yaml"), file.read_text("utf-8"))
        for file in folder(name)
    )


def name_of(id: str, lang: str) -> str:
    """What a misconception is called in a language; its id where it is none of the library."""
    names = next((m.name for m in misconceptions() if m.id == id), {})
    return names.get(lang) or names.get("en") or id


def misconception(id: str, source: str) -> Misconception:
    """A misconception from its file."""
    node = yaml.read(source)
    assert isinstance(node, yaml.Map), id
    listed = node.get("rewrites")
    items = listed.items if isinstance(listed, yaml.List) else ()
    rewrites = tuple(_rewrite(item) for item in items if isinstance(item, yaml.Map))
    return Misconception(id, pairs(node, "name"), pairs(node, "says"), rewrites)


def _rewrite(node: yaml.Map) -> Rewrite:
    return Rewrite(
        kinds=tuple(kind.strip() for kind in text(node, "in").split(",")),
        find=_expressions(node, "find"),
        put=_expressions(node, "put"),
        where=pairs(node, "where"),
        through=text(node, "through"),
        of=text(node, "of"),
        keep=text(node, "keep"),
        also=text(node, "also"),
        move=text(node, "move"),
    )


def _expressions(node: yaml.Map, key: str) -> tuple[Expr, ...]:
    """One expression, or a list of them."""
    single = text(node, key)
    return tuple(parse_expression(part) for part in ((single,) if single else texts(node, key)))
