"""What the numerical libraries call things: to add one is to add a `Dialect` here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnhand.export.windows import BACKWARD, TORCH_WINDOWS, windows


@dataclass(frozen=True)
class Dialect:
    """`module` is the prefix of its functions. `known` maps functions of the language to those that
    the library has with the same values and slopes; `helpers` has what it lacks, as source text.
    `automatic` says that it differentiates by itself, and `gradient` how; `frozen` spells a value
    through which nothing is differentiated. `number` makes an array of a number, for functions that
    take nothing else;
    `copy` makes a value a quantity of its own, which has a derivative of its own.
    """

    name: str
    module: str
    imports: tuple[str, ...]
    known: Mapping[str, str]
    helpers: Mapping[str, str]
    array: str
    automatic: bool
    frozen: str = "{}"
    number: str = "{}"
    copy: str = "{}"
    axis: str = "axis"
    gradient: str = ""


BASIC = ("exp", "log", "sqrt", "sum", "mean")

NORM2 = '''
def norm2(x):
    """The length of x; its slope at 0 is taken to be 0."""
    squares = {m}.sum(x**2)
    there = squares > 0
    return {m}.where(there, {m}.sqrt({m}.where(there, squares, 1.0)), 0.0)
'''
FIRST = '''
def {name}(x):
    """The {name} entry of x; where several tie, the first has the slope."""
    return {m}.ravel(x)[{m}.{arg}(x)]
'''
SIDE = '''
def {name}(a, b):
    """Entry by entry; where a and b tie, a has the slope."""
    return {m}.where(a {sign} b, a, b)
'''
WITH_SLOPES = '''
def with_slopes(value, *arguments):
    """The value, its derivative by each argument being the given slope, at kinks too."""
    return {value} + sum({slope}*(x - {x}) for x, slope in arguments)
'''


def _helpers(m: str, frozen: str) -> dict[str, str]:
    """Helpers of a library that differentiates by itself."""
    return {
        **windows(m),
        "norm2": NORM2.format(m=m),
        "largest": FIRST.format(m=m, name="largest", arg="argmax"),
        "smallest": FIRST.format(m=m, name="smallest", arg="argmin"),
        "larger": SIDE.format(m=m, name="larger", sign=">="),
        "smaller": SIDE.format(m=m, name="smaller", sign="<="),
        "with_slopes": WITH_SLOPES.format(
            value=frozen.format("value"), slope=frozen.format("slope"), x=frozen.format("x")
        ),
    }


NUMPY = Dialect(
    "numpy",
    "np",
    ("import numpy as np",),
    {
        **{name: f"np.{name}" for name in (*BASIC, "tanh", "abs", "sign")},
        **{"larger": "np.maximum", "smaller": "np.minimum"},
        **{"largest": "np.max", "smallest": "np.min"},
    },
    {
        **windows("np"),
        **BACKWARD,
        "norm2": '''
def norm2(x):
    """The length of x."""
    return np.sqrt(np.sum(np.square(x)))
''',
        "softmax": '''
def softmax(x, axis):
    """e^x_i / sum_j e^x_j along an axis."""
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers/np.sum(powers, axis=axis, keepdims=True)
''',
        "one_hot": '''
def one_hot(k, n):
    """A row for each class in k, counted from 1: 1 in its place, 0 elsewhere."""
    return (np.reshape(k, (-1, 1)) == np.arange(1, n + 1))*1.0
''',
        "unit": '''
def unit(x):
    """x divided by its length, and 0 at 0."""
    length = np.sqrt(np.sum(np.square(x)))
    return x/length if length > 0 else 0*x
''',
        "first_max": '''
def first_max(x):
    """1 at the first largest entry, 0 elsewhere."""
    return (np.arange(np.size(x)) == np.argmax(x)).reshape(np.shape(x))*1.0
''',
        "first_min": '''
def first_min(x):
    """1 at the first smallest entry, 0 elsewhere."""
    return (np.arange(np.size(x)) == np.argmin(x)).reshape(np.shape(x))*1.0
''',
    },
    "np.array({})",
    automatic=False,
)

TORCH = Dialect(
    "pytorch",
    "torch",
    ("import torch", "", "torch.set_default_dtype(torch.float64)"),
    {
        **{name: f"torch.{name}" for name in (*BASIC, "tanh", "abs", "sign", "sigmoid", "relu")},
        "softmax": "torch.softmax",
    },
    {
        **_helpers("torch", "{}.detach()"),
        **TORCH_WINDOWS,
        "one_hot": '''
def one_hot(k, n):
    """A row for each class in k, counted from 1: 1 in its place, 0 elsewhere."""
    return (torch.reshape(k, (-1, 1)) == torch.arange(1, n + 1))*1.0
''',
    },
    "torch.tensor({})",
    automatic=True,
    frozen="{}.detach()",
    number="torch.tensor({})",
    copy="{}.clone()",
    axis="dim",
    gradient="""
    leaves = {
        name: {step: x.clone().requires_grad_() for step, x in value.items()}
        if isinstance(value, dict)
        else value.clone().requires_grad_()
        for name, value in given.items()
    }
    values = flat(forward(**leaves))
    found = {name: x for name, x in values.items() if x.requires_grad}
    if values[of].requires_grad:
        gradients = torch.autograd.grad(
            values[of], list(found.values()), allow_unused=True, materialize_grads=True
        )
    else:
        gradients = [0*x.detach() for x in found.values()]
    values = {name: x.detach() for name, x in values.items()}
    return values, {f"d{of}/d{name}": x for name, x in zip(found, gradients)}
""",
)

JAX = Dialect(
    "jax",
    "jnp",
    (
        "import jax",
        "import jax.numpy as jnp",
        "",
        'jax.config.update("jax_enable_x64", True)',
    ),
    {
        # Not its abs: that one has the slope 1 at 0.
        **{name: f"jnp.{name}" for name in (*BASIC, "tanh", "sign")},
        **{name: f"jax.nn.{name}" for name in ("sigmoid", "relu", "softmax")},
    },
    {
        **_helpers("jnp", "jax.lax.stop_gradient({})"),
        "one_hot": '''
def one_hot(k, n):
    """A row for each class in k, counted from 1: 1 in its place, 0 elsewhere."""
    return (jnp.reshape(k, (-1, 1)) == jnp.arange(1, n + 1))*1.0
''',
    },
    "jnp.array({})",
    automatic=True,
    frozen="jax.lax.stop_gradient({})",
    number="jnp.array({})",
    gradient="""
    def loss(given):
        quantities = forward(**given)
        return flat(quantities)[of], quantities

    gradients, values = jax.grad(loss, has_aux=True)(given)
    return flat(values), flat({
        NAMES
    })
""",
)

DIALECTS = {d.name: d for d in (TORCH, NUMPY, JAX)}
