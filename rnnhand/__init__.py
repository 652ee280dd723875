"""rnnhand solves by hand, step by step, what students of recurrent networks solve by hand.

    from rnnhand import load, solve, check, derive

See `rnnhand.api`, which is imported when one of these is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnhand.api import (
        Derivation,
        Formula,
        Item,
        Marks,
        Page,
        Solution,
        check,
        derive,
        load,
        solve,
    )
    from rnnhand.errors import Failure

__version__ = "0.1.0"
__all__ = [
    "Derivation",
    "Failure",
    "Formula",
    "Item",
    "Marks",
    "Page",
    "Solution",
    "__version__",
    "check",
    "derive",
    "load",
    "solve",
]


def __getattr__(name: str) -> Any:
    """What the API offers, imported on first use: `import rnnhand` alone costs nothing."""
    if name in __all__:
        from importlib import import_module

        return getattr(
            import_module("rnnhand.errors" if name == "Failure" else "rnnhand.api"), name
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
