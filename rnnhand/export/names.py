"""Names of a problem → identifiers of Python: c' → c_prime, dL/dh[t] → dL_dh, W_f → W_f.

Every identifier is made once, differs from all others also after Python's own normalization, and is
made of letters, digits and `_` only: no text of a problem becomes code.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field

from rnnhand.system.model import Quantity

NOT_LETTERS = re.compile(r"\W+")


@dataclass
class Names:
    """Identifiers already given; `taken` holds those that the program uses for its own."""

    taken: set[str] = field(default_factory=set)
    quantities: dict[Quantity, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    def reserve(self, names: Collection[str]) -> None:
        self.taken |= set(names)

    def quantity(self, q: Quantity) -> str:
        """The variable of a quantity: L and L[t] are two, L and L_t."""
        if q not in self.quantities:
            twin = q.over and Quantity(q.name) in self.quantities
            self.quantities[q] = self.fresh(f"{q.name}_{q.over}" if twin else q.name)
        return self.quantities[q]

    def other(self, name: str, kind: str = "index") -> str:
        """The variable of an index, or what a function of the language is called."""
        key = f"{kind} {name}"
        if key not in self.others:
            self.others[key] = self.fresh(name)
        return self.others[key]

    def fresh(self, name: str) -> str:
        """An identifier that resembles a name and is not in use."""
        base = identifier(name)
        found, number = base, 2
        while found in self.taken or keyword.iskeyword(found) or hasattr(builtins, found):
            found, number = f"{base}_{number}", number + 1
        self.taken.add(found)
        return found


def identifier(name: str) -> str:
    """The nearest identifier, as Python would normalize it."""
    spelled = name.replace("'", "_prime").replace("/", "_").replace("[", "_").replace("]", "")
    plain = NOT_LETTERS.sub("_", unicodedata.normalize("NFKC", spelled))
    plain = unicodedata.normalize("NFKC", plain)
    return plain if plain.isidentifier() and not plain.startswith("__") else f"q_{len(plain)}"
