"""Faulty problem files, each with the places and the messages that it must get.

A place is marked in the text: ‹hh› stands for hh, and a message must point to its first character.
Marks and messages are in the same order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MARK = re.compile("‹|›")


@dataclass(frozen=True)
class Faulty:
    """A file, and for each of its mistakes the place (line, column) and parts of the message."""

    name: str
    content: bytes
    mistakes: tuple[tuple[tuple[int, int] | None, tuple[str, ...]], ...]
    options: tuple[str, ...] = ()


def faulty(name: str, marked: str, *messages: str, options: tuple[str, ...] = ()) -> Faulty:
    """A faulty file from its text. Each message may be several parts, split by … ."""
    places: list[tuple[int, int]] = []
    text = ""
    for part in re.split("([‹›])", marked):
        if part == "‹":
            places.append((text.count("\n") + 1, len(text) - text.rfind("\n")))
        elif part != "›":
            text += part
    parts = [tuple(p.strip() for p in m.split("…")) for m in messages]
    if not places:
        return Faulty(name, text.encode(), tuple((None, p) for p in parts), options)
    assert len(places) == len(parts), name
    return Faulty(name, text.encode(), tuple(zip(places, parts, strict=True)), options)


GOOD = {
    "equations": """|
  h[t] = relu(w*h[t-1] + v*y[t-1])
  yhat[t] = u*h[t]
  L[t] = (yhat[t] - y[t])^2
  L = sum[t](L[t])""",
    "steps": "1..3",
    "parameters": "{w: 1/2, v: 1/2, u: 1/2}",
    "initial": '{"h[0]": 0}',
    "data": '{"y[0..3]": [0, 1, -1, 2]}',
    "loss": "L",
}


def problem(**changes: str | None) -> str:
    """A sound problem with some of its keys changed, put first, or left out (None)."""
    entries = {**changes, **{k: v for k, v in GOOD.items() if k not in changes}}
    return "".join(f"{k}: {v}\n" for k, v in entries.items() if v is not None)


def equation(marked: str, **changes: str | None) -> str:
    """The sound problem with one more equation."""
    return problem(equations=f"{GOOD['equations']}\n  {marked}", **changes)


def vectors(marked: str) -> str:
    """An equation over x (3×1), b (2×1), W (2×3), B (4×2) and the scalar s."""
    values = "{W: {shape: [2, 3]}, B: {shape: [4, 2]}, x: [1, 2, 3], b: [1, 2], s: 2}"
    return f"equations: |\n  {marked}\nparameters: {values}\n"


NAMES = [
    faulty(
        "unknown name",
        problem(
            equations="""|
  h[t] = relu(w*h[t-1] + v*y[t-1])
  yhat[t] = u*h[t]
  L[t] = (yhat[t] - ‹hh[t]›)^2
  L = sum[t](L[t])"""
        ),
        "unknown name: hh is used here, but no equation defines it and no value is given"
        "… did you mean h?",
    ),
    faulty(
        "unknown name, nothing like it",
        equation("K = ‹kappa›*w"),
        "unknown name: kappa …add an equation for it, or a value",
    ),
    faulty(
        "underscore for an index", equation("K = ‹h_2›"), "unknown name: h_2 … did you mean h[2]?"
    ),
    faulty("L for L[t]", equation("K = w*‹h›"), "there is no h here, only h[t]"),
    faulty(
        "w[t] where w has no steps", equation("K[t] = ‹w[t]›"), "w[t] has an index, but w has no"
    ),
    faulty(
        "three unknown names",
        equation("K = ‹aa› + ‹bb›\n  M = ‹cc›"),
        "unknown name: aa",
        "unknown name: bb",
        "unknown name: cc",
    ),
    faulty(
        "unknown function",
        equation("K = ‹tanhh›(w)"),
        "unknown function: tanhh … did you mean tanh?",
    ),
    faulty(
        "unknown function, nothing like it",
        equation("K = ‹frobnicate›(w)"),
        "unknown function: frobnicate … the functions are abs,",
    ),
    faulty(
        "too many arguments",
        equation("K = ‹tanh›(w, v)"),
        "wrong number of arguments: tanh takes 1, but gets 2",
    ),
    faulty("too few arguments", equation("K = ‹clip›(w)"), "clip takes 3, but gets 1"),
    faulty(
        "one_hot without its length",
        equation("K = ‹one_hot›(w)"),
        "one_hot takes 2, but gets 1 … k counts from 1",
    ),
    faulty("the name of an index as a quantity", equation("‹t› = 3"), "t is the name of an index"),
    faulty(
        "T as a parameter", problem(parameters="{w: 1, v: 1, u: 1, ‹T›: 3}"), "T is the name of"
    ),
    faulty("a name too long", equation(f"‹{'a' * 65}› = 1"), "longer than 64 characters"),
    faulty(
        "defined twice",
        equation("‹yhat[t]› = 2*h[t]"),
        "yhat[1] is defined twice; the equation in line 3 makes it too … keep one",
    ),
    faulty(
        "given and computed",
        problem(data='{"y[0..3]": [0, 1, -1, 2], ‹"yhat[2]"›: 1}'),
        "yhat[2] is given a value, but yhat[t] in line 4 computes it",
    ),
    faulty(
        "a cycle within a step",
        equation("a[t] = w*‹b[t]›\n  b[t] = v*c[t]\n  c[t] = u*a[t]"),
        "a cycle: a[t] ← b[t] ← c[t] ← a[t] … each computed from the next"
        " … was probably meant at the step before",
    ),
    faulty("a quantity from itself", equation("K = ‹K› + 1"), "a cycle: K is computed from itself"),
    faulty(
        "a cycle across all steps",
        equation("K[t] = h[t] + ‹M›\n  M = sum[t](K[t])"),
        "a cycle: … M … K[",
    ),
]

STEPS = [
    faulty(
        "missing initial value",
        problem(
            equations="""|
  h[t] = relu(w*‹h[t-1]› + v*y[t-1])
  L = sum[t](h[t])""",
            initial=None,
        ),
        "h[0] is needed: h[t-1] in the equation of h[t] reads it at t = 1, but h has values at "
        'steps 1..3 only … give it, for instance initial: {"h[0]": 0}',
    ),
    faulty(
        "data too short",
        problem(equations="|\n  L = sum[t](K[t])\n  K[t] = ‹y[t+1]›*w*u*v", initial=None),
        "y[4] is needed: y[t+1] in the equation of K[t] reads it at t = 3, but y has values "
        "at steps 0..3"
        ' … data: {"y[4]": 0}, or let the steps end earlier',
    ),
    faulty(
        "a step outside",
        equation("K = ‹h[7]›"),
        "h[7] is needed in the equation of K, but h has values at steps 0..3 only"
        " … the last step is 3",
    ),
    faulty("the last step plus one", equation("K = ‹h[T+1]›"), "h[4] is needed"),
    faulty(
        "index not running",
        equation("K = w*‹h[t]›"),
        "h[t] stands in the equation of K, where no t runs … as in sum[t](h[t])",
    ),
    faulty("t as a number, not running", equation("K = w*‹t›"), "where no t runs"),
    faulty(
        "unknown index",
        equation("K[t] = ‹h[i]›"),
        "h[i] has the index i, but the indices here are t",
    ),
    faulty("unknown index on the left", equation("‹K[k]› = 1"), "K[k] has the index k"),
    faulty("a sum over an unknown index", equation("K = ‹sum›[j](w)"), "has the index j"),
    faulty(
        "no steps",
        "equations: |\n  ‹h[t]› = w*2\nparameters: {w: 1}\n",
        "h[t] needs steps, but the problem has none … steps: 1..3",
    ),
    faulty("T without steps", "equations: L = w*‹T›\nparameters: {w: 1}\n", "T needs steps, but"),
    faulty(
        "an absolute step without steps",
        'equations: L = w*2\nparameters: {w: 1, ‹"h[0]"›: 2}\n',
        "needs steps, but the problem has none",
    ),
    faulty("an empty sum", equation("K = ‹sum›[t](h[t-9])"), "the sum over t is empty"),
    faulty("shifted left side", equation("‹K[t+1]› = h[t]"), "K[t+1] cannot be a left side … K[t]"),
    faulty("two indices", equation("K = h[1‹,› 2]"), "a quantity has one index"),
    faulty("an index that is no index", equation("K = h[‹(›t)]"), "( cannot be in an index"),
    faulty("a fractional step", equation("K = h[‹1.5›]"), "1.5 cannot be in an index"),
    faulty(
        "steps as a number", problem(steps="‹3›"), "steps are written as first..last, but here is 3"
    ),
    faulty("steps as a map", problem(steps="‹{a: 1}›"), "but here is {…}"),
    faulty("steps backwards", problem(steps="‹3..1›"), "the range 3..1 is empty"),
    faulty(
        "a thousand million steps",
        problem(steps="‹1..1000000000›"),
        "1000000000 steps are too many; there may be up to 1000000",
    ),
    faulty("steps beyond all numbers", problem(steps="‹1..99999999999999999999›"), "too many"),
    faulty("a bad index name", problem(indices="{‹T›: 1..2}"), "T cannot be the name of an index"),
]

SYNTAX = [
    faulty(
        "a name that looks like code",
        equation("K = __import__(‹'›os')"),
        "' means nothing in an equation … names stand without quotes",
    ),
    faulty("an attribute", equation("K = w‹.›real"), ".real means nothing after a quantity"),
    faulty("two statements", equation("K = w‹;› M = v"), "but here is ;"),
    faulty("a lambda", equation("K = lambda w‹:› 1"), ": means nothing in an equation"),
    faulty("no equals sign", equation("‹h›[t] + 1"), "the line beginning with h has no ="),
    faulty("two equals signs", equation("K = w ‹=› 2"), "a second ="),
    faulty("a number on the left", equation("‹2› = w"), "2 does not fit there"),
    faulty("a sum on the left", equation("K ‹+› w = 2"), "+ does not fit there"),
    faulty(
        "a call on the left", equation("‹K›(t) = 2"), "the left side of an equation is one quantity"
    ),
    faulty("a bare comparison", equation("K = w ‹>› 0"), "must stand in square brackets"),
    faulty("a decimal comma", equation("K = 0‹,›5*w"), "a comma stands after a number … 0.5"),
    faulty("a missing operator", equation("K = 2 ‹w›"), "missing between 2 and w … 2*w"),
    faulty("a formula that breaks off", equation("K = w +‹›"), "the formula breaks off"),
    faulty("an operator too many", equation("K = w + ‹*› v"), "but here is *"),
    faulty(
        "a bracket not closed",
        equation("K = ‹(›w + v\n  M = w‹)›"),
        "( is never closed: ) is missing",
        ") closes a bracket",
    ),
    faulty(
        "a bracket not opened", equation("K = w + v‹)›"), ") closes a bracket that was never opened"
    ),
    faulty("brackets crossed", equation("K = (w + v‹]›"), "( is closed by ]; ) is expected"),
    faulty("a lone bracket", equation("K = ‹[›w]"), "square brackets around a single value"),
    faulty("a superscript", equation("K = w‹²›"), "² means nothing … a power is written ^"),
    faulty("braces", equation("K = ‹{›w‹}›"), "use round brackets", "} means nothing"),
    faulty(
        "mistakes in several lines",
        equation("K = 2 ‹w›\n  M = ‹)›\n  N = ‹$›3"),
        "missing between",
        "breaks off",
        "$ means nothing",
    ),
    faulty("towers of powers", equation("K = 9^9^9‹^›9"), "the exponent 9^9 is too large"),
    faulty("a power of a thousand digits", equation(f"K = 2^‹{'9' * 999}›"), "is too large"),
    faulty("a number beyond all bounds", equation("K = ‹1e999999›"), "this number is too long"),
    faulty(
        "deep brackets",
        equation(f"K = {'(' * 50}‹(›{'(' * 2949}w{')' * 3000}"),
        "nested more than 100 levels",
    ),
    faulty(
        "deep signs", equation(f"K = {'-' * 99}‹-›{'-' * 99_900}w"), "nested more than 100 levels"
    ),
    faulty(
        "one_hot of a thousand million",
        equation("K = sum(‹one_hot›(2, 1000000000))"),
        "is too large",
    ),
    faulty(
        "one_hot of half a class",
        equation("K = sum(one_hot(2, ‹2.5›))"),
        "a whole number from 1 up",
    ),
    faulty(
        "an outer product too large",
        """equations: L = sum(x ‹@› x.T)
parameters: {x: {shape: [1000]}}
""",
        "1000×1000 is too large",
    ),
    faulty(
        "too much work",
        problem(
            equations="|\n  ‹h[t]› = A @ h[t-1]\n  L = sum(h[T])",
            parameters="{A: {shape: [300, 300], fill: 1}}",
            initial='{"h[0]": {shape: [300], fill: 1}}',
            data=None,
            steps="1..100000",
        ),
        "these equations make more than",
    ),
]

SHAPES = [
    faulty(
        "a matrix product that does not fit",
        vectors("y = W ‹@› b"),
        "W is 2×3 and b is 2×1 … the columns of the first … the transpose, W.T?",
    ),
    faulty("the other order", vectors("y = W ‹@› B"), "W is 2×3 and B is 4×2 … B first?"),
    faulty(
        "a scalar in a matrix product", vectors("y = W ‹@› s"), "W is 2×3 and s is 1×1 … with *"
    ),
    faulty("entry by entry", vectors("y = x ‹+› b"), "x is 3×1 and b is 2×1 … entry by entry"),
    faulty(
        "the matrix product with a star",
        vectors("y = B ‹*› W"),
        "did you mean the matrix product @?",
    ),
    faulty("side by side", vectors("y = [x‹,› b]"), "x is 3×1 and b is 2×1 … side by side"),
    faulty("one above the other", vectors("y = ‹[›W; x]"), "W is 2×3 and x is 3×1 … one above"),
    faulty("a vector as an exponent", vectors("y = s ‹^› x"), "the exponent x is 3×1"),
    faulty("one_hot of a matrix", vectors("y = ‹one_hot›(W, 3)"), "W is 2×3"),
    faulty(
        "two functions of unlike shapes", vectors("y = ‹max›(x, b)"), "x is 3×1 and b is 2×1 … max"
    ),
    faulty("two clashes", vectors("y = x ‹+› b\n  z = W ‹@› b"), "x is 3×1", "W is 2×3"),
    faulty(
        "a state of another shape",
        problem(
            equations="|\n  ‹h[t]› = V @ x[t] + 0*sum(h[t-1])\n  L = sum(h[T])",
            parameters="{V: [[1, 2], [3, 4]]}",
            initial='{"h[0]": 0}',
            data='{"x[1..3]": [[1, 2], [1, 2], [1, 2]]}',
        ),
        "the right side is 2×1, but h[t] is 1×1 … the values given for h may have another shape",
    ),
]

VALUES = [
    faulty(
        "not a number",
        problem(parameters="{w: ‹abc›, v: 1, u: 1}"),
        "a number is expected, but here is abc … for instance 2, -0.5, 1/3",
    ),
    faulty(
        "several bad numbers",
        problem(parameters="{w: ‹a b›, v: [[‹[1]›]], u: ‹1/0›}"),
        "here is a b",
        "here is […]",
        "divides by zero",
    ),
    faulty("the word no", problem(parameters="{w: ‹no›, v: 1, u: 1}"), "no means yes or no"),
    faulty(
        "not a number at all",
        problem(parameters="{w: ‹.nan›, v: ‹inf›, u: 1}"),
        ".nan is not a number that can be computed with",
        "inf is not",
    ),
    faulty("a comma", problem(parameters='{w: ‹"0,5"›, v: 1, u: 1}'), "did you mean 0.5?"),
    faulty("too many digits", problem(parameters=f"{{w: ‹{'1' * 1001}›, v: 1, u: 1}}"), "too long"),
    faulty("a large power of ten", problem(parameters="{w: ‹1e9999›, v: 1, u: 1}"), "too long"),
    faulty("a tower in a value", problem(parameters="{w: 9^9^9‹^›9, v: 1, u: 1}"), "is too large"),
    faulty(
        "an unknown function in a value",
        problem(parameters="{w: ‹sqr›(2), v: 1, u: 1}"),
        "unknown function: sqr … did you mean sqrt?",
    ),
    faulty(
        "a call in a value",
        problem(parameters="{w: ‹__import__(os)›, v: 1, u: 1}"),
        "but here is __import__(os)",
    ),
    faulty("an empty list", problem(parameters="{w: ‹[]›, v: 1, u: 1}"), "no entries"),
    faulty(
        "ragged rows",
        problem(parameters="{w: [[1, 2], ‹[3]›], v: 1, u: 1}"),
        "this row has length 1, but the first row has length 2",
    ),
    faulty(
        "mixed rows",
        problem(parameters="{w: [[1, 2], ‹3›], v: 1, u: 1}"),
        "a row of a matrix is a list",
    ),
    faulty(
        "a huge matrix",
        problem(parameters="{w: ‹{shape: [100000, 100000]}›, v: 1, u: 1}"),
        "100000×100000 is too large",
    ),
    faulty(
        "a bad shape",
        problem(parameters="{w: {shape: ‹[2, x]›}, v: 1, u: 1}"),
        "a shape is [rows, columns]",
    ),
    faulty(
        "an unknown key of a value",
        problem(parameters="{w: {‹size›: 2}, v: 1, u: 1}"),
        "a value cannot have the key size",
    ),
    faulty(
        "a key that is no name",
        problem(parameters="{w: 1, v: 1, u: 1, ‹a.b›: 2}"),
        "a.b is not the name of a given value",
    ),
    faulty(
        "a key with a running index",
        problem(data='{‹"y[t]"›: [0, 1, -1, 2]}'),
        'does not say for which steps … "y[1..3]"',
    ),
    faulty(
        "too few values",
        problem(data='{"y[0..3]": ‹[0, 1, -1]›}'),
        "steps 0..3 need 4 values of y, but the number given here is 3",
    ),
    faulty(
        "one value for many steps", problem(data='{"y[0..3]": ‹7›}'), "steps 0..3 need 4 values"
    ),
    faulty(
        "a key of a thousand million steps", problem(data='{‹"y[0..999999999]"›: [1]}'), "too many"
    ),
    faulty(
        "vectors of different lengths",
        problem(data='{"y[0..3]": [[1, 2], [1, 2], ‹[1]›, [1, 2]]}'),
        "y[2] is 1×1, but y[0] is 2×1",
    ),
    faulty(
        "given twice",
        problem(data='{"y[0..3]": [0, 1, -1, 2], ‹"y[2]"›: 1}'),
        "y[2] is given twice",
    ),
    faulty(
        "too many numbers",
        problem(data='{‹"y[0..999]"›: {shape: [100, 100], fill: 1}}'),
        "more than 4000000 given numbers",
    ),
]

KEYS = [
    faulty(
        "an unknown key",
        "‹parametres›: {a: 1}\n" + problem(),
        "unknown key: parametres … did you mean parameters?",
    ),
    faulty("a title that is a list", problem(title="‹[a, b]›"), "title must be a text"),
    faulty("a title with a list in it", problem(title="{en: ‹[a]›}"), "title must be a text"),
    faulty("parameters as a list", problem(parameters="‹[w, v, u]›"), "parameters must be a map"),
    faulty(
        "equations as a list", problem(equations="\n  ‹-› h[t] = 1"), "equations must be a text"
    ),
    faulty(
        "equations joined into one line",
        problem(equations="‹h[t]› = w\n  L = h[T]"),
        "have been joined into one … write equations: |",
    ),
    faulty("no equations", "‹steps›: 1..3\n", "there are no equations"),
    faulty("empty equations", problem(equations='‹""›'), "there are no equations"),
    faulty(
        "an unknown loss", problem(loss="‹LL›"), "loss: no equation computes LL … did you mean L?"
    ),
    faulty("a loss at every step", problem(loss='‹"L[t]"›'), "L[t] is one loss a step"),
    faulty("a loss that is a formula", problem(loss="‹L + 1›"), "loss must be the name of"),
    faulty(
        "a loss that is no scalar",
        "equations: L = W*2\nparameters: {W: [1, 2]}\nloss: ‹L›\n",
        "L is 2×1, but only a scalar",
    ),
    faulty(
        "no loss",
        "equations: K = W*2\nparameters: {W: [1, 2]}\nask: ‹gradients›\n",
        "need a scalar loss",
    ),
    faulty(
        "nonsense asked for",
        problem(ask="‹forwrad›"),
        "forwrad is not a quantity … did you mean forward?",
    ),
    faulty("a number asked for", problem(ask="[‹3›]"), "3 is not the name of a result"),
    faulty("a map asked for", problem(ask="[‹{a: 1, b: 2}›]"), "{…} cannot be asked for"),
    faulty(
        "an unknown result", problem(ask='["‹dq[9]/dw›"]'), "q[9] is not a quantity of this problem"
    ),
    faulty(
        "a result at a step that is not",
        problem(ask='["‹h[9]›"]'),
        "the steps with a value are 0..3",
    ),
    faulty(
        "a result without its step",
        problem(ask="[‹h›]"),
        "h is asked for, but the quantity is h[t]",
    ),
    faulty(
        "an entry out of range",
        problem(ask='["‹h[2](9)›"]'),
        "h[2](9) is asked for, but the value is 1×1",
    ),
    faulty("after an update", problem(ask='["‹after 1: u›"]'), "cannot be asked for by itself"),
    faulty(
        "an update without a rule", problem(ask="[update: ‹{lr: 0.1}›]"), "an update needs a rule"
    ),
    faulty("an update alone", problem(ask="[‹update›]"), "an update needs a rule"),
    faulty(
        "an unknown rule",
        problem(ask="[update: {rule: ‹sdg›, lr: 0.1}]"),
        "unknown rule: sdg … did you mean sgd?",
    ),
    faulty(
        "an unknown option",
        problem(ask="[update: {rule: sgd, lr: 0.1, ‹momentun›: 1}]"),
        "unknown option: momentun; sgd has lr",
    ),
    faulty("a missing option", problem(ask="[update: ‹{rule: sgd}›]"), "sgd needs lr"),
    faulty(
        "bad options",
        problem(ask="[update: {rule: sgd, lr: ‹x›, steps: ‹0›, clip: ‹3›}]"),
        "here is x",
        "from 1 to",
        "clip is",
    ),
    faulty(
        "mistakes in every part",
        problem(
            title="‹[]›",
            steps="1..3",
            loss="L",
            ask="[update: {rule: ‹x›}]",
            parameters="{w: ‹yes›, v: 1, u: 1}",
            equations="|\n  L = w*‹vv›\n  M = u*v",
        ),
        "title must be",
        "unknown rule",
        "yes means",
        "unknown name: vv",
    ),
    faulty(
        "a step of the loss that is not",
        problem(loss='‹"L[7]"›'),
        "L[7] does not exist; the steps are 1..3",
    ),
]

CELLS = [
    faulty("an unknown cell", "cell: ‹lstmm›\n", "unknown cell: lstmm"),
    faulty("a family of cells", "cell: ‹gru›\n", "say which: gru-after-keep, gru-after-new, gru-"),
    faulty("a cell that is a list", "cell: ‹[lstm]›\n", "cell must be a text"),
    faulty("layers that are a number", "layers: ‹3›\n", "layers is a list of cells"),
    faulty(
        "a cell too large",
        "cell: ‹lstm›\nsizes: {x: 100000, h: 100000}\nsteps: 1..3\n",
        "100000×100000 is too large",
    ),
    faulty(
        "a size beyond all numbers",
        "cell: lstm\nsizes: {x: ‹999999999999›, h: 1}\nsteps: 1..3\n",
        "a size is a whole number from 1 to 100000, but here is 999999999999",
    ),
    faulty(
        "parameters that the cell does not have",
        "cell: lstm\nsteps: 1..2\nparameters: {W_f: 1, ‹V_f›: 2, ‹qq›: 1}\n"
        'data: {"x[1..2]": [1, 2]}\n',
        "V_f has a value, but neither the cell nor an equation here uses it … did you mean U_f?",
        "qq has a value … the parameters of the cell are W_f, U_f, b_f,",
    ),
]

YAML = [
    faulty("an empty file", "", "the file is empty"),
    faulty("only a comment", "# nothing\n", "the file is empty"),
    faulty("a list at the top", "‹-› a\n- b\n", "a problem file is a map of keys"),
    faulty("a text at the top", "‹h› is relu of w\n", "a problem file is a map"),
    faulty(
        "a duplicate key", problem() + "‹loss›: L\n", "loss is written twice; it stands in line"
    ),
    faulty(
        "duplicate names", problem(parameters="{w: 1, v: 1, u: 1, ‹w›: 2}"), "w is written twice"
    ),
    faulty(
        "a key that is a list",
        "‹[a, b]›: 1\n" + problem(),
        "a list or a map stands where the name of a key",
    ),
    faulty(
        "bad indentation",
        "equations: |\n  L = w\n ‹s›teps: 1..3\nparameters: {w: 1}\n",
        "… put it in line with the keys of its group",
    ),
    faulty(
        "a line of another indentation",
        "equations: |\n    L = w\n  ‹M› = w\nparameters: {w: 1}\n",
        "… equations stand two blanks to the right",
    ),
    faulty("a tab", "equations: |\n  L = w\nparameters:\n‹\t›w: 1\n", "… there is a tab"),
    faulty("a colon in a text", "title: One‹:› two\nequations: L = 1\n", "needs quotes"),
    faulty("a quote that is not closed", 'title: ‹"One\nequations: L = 1\n', "is never closed"),
    faulty(
        "a list that is not closed",
        "equations: L = w\nparameters: {w: 1\nsteps‹:› 1..3\n",
        "… the bracket opened in line 2 is still open",
    ),
    faulty(
        "a tag",
        "equations: L = w\nparameters: {w: ‹!!python/object:os.system 1›}\n",
        "is not allowed",
    ),
    faulty("a constructor", "‹!!python/object/apply:os.system› [ls]\n", "the tag … is not allowed"),
    faulty("two documents", problem() + "‹---›\nequations: L = 1\n", "a second YAML document"),
    faulty("an alias", "a: &x [1]\nb: ‹*x›\n", "*x stands for a value given elsewhere"),
    faulty(
        "an alias bomb",
        "a: &a [x, x]\n"
        + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n"
            for i in range(20)
        ).replace("[*a", "[‹*a›", 1),
        "*a stands for a value given elsewhere",
    ),
    faulty(
        "deep brackets in YAML", "a: " + "[" * 19 + "‹[›" + "[" * 50_000, "nested more than 20 deep"
    ),
    faulty("a backslash", 'title: "a‹\\›q"\n', "… double the backslash"),
    faulty(
        "a hundred thousand equations",
        "equations: |\n  ‹a›0 = 1\n" + "".join(f"  a{i} = 1\n" for i in range(1, 15_000)),
        "there are more than 500 equations",
    ),
    faulty(
        "equations without end",
        "equations: |\n  ‹a›0 = 1\n" + "".join(f"  a{i} = 1\n" for i in range(1, 100_000)),
        "longer than 200000 characters",
    ),
    faulty("carriage returns", problem(loss="‹X›").replace("\n", "\r\n"), "no equation computes X"),
]

RUNNING = [
    faulty(
        "a division by zero",
        equation("‹K[t]› = 1/(y[t] - 1)"),
        "K[1] has no value: division by zero",
    ),
    faulty(
        "a logarithm of a negative number",
        equation("‹K[t]› = log(y[t])"),
        "K[2] has no value: log of -1 is not a real number",
    ),
    faulty(
        "a root of a negative number",
        equation("‹K[t]› = sqrt(y[t])"),
        "K[2] has no value: sqrt of -1",
    ),
    faulty(
        "a logarithm under floats",
        equation("‹K[t]› = log(y[t])"),
        "K[2] has no value: log of -1.0",
        options=("--arithmetic", "float"),
    ),
    faulty(
        "a class outside",
        equation("‹K[t]› = sum(one_hot(y[t], 2))"),
        "K[2] has no value: -1 is not one of the classes 1 to 2",
    ),
    faulty(
        "zero to a negative power",
        equation("‹K› = (w - v)^(-2)"),
        "K has no value: division by zero",
    ),
    faulty(
        "a root in a value",
        problem(parameters="{‹w›: sqrt(-2), v: 1, u: 1}"),
        "w has no value: sqrt of -2",
    ),
    faulty(
        "letters under floats",
        problem(parameters="{‹w›: , v: 1, u: 1}"),
        "w is a letter",
        options=("--arithmetic", "float"),
    ),
]


def raw(name: str, content: bytes, place: tuple[int, int] | None, *parts: str) -> Faulty:
    return Faulty(name, content, ((place, parts),))


BYTES = [
    raw("binary rubbish", bytes(range(256)) * 40, (2, 118), "not text in UTF-8: the byte 0x80"),
    raw(
        "a NUL byte",
        b"equations: L = w\nparameters: {w: \x001}\n",
        (2, 17),
        "U+0000 is not allowed",
    ),
    raw("a control character", b"equations: L = \x1b[31mw\n", (1, 16), "U+001B is not allowed"),
    raw("UTF-16", problem().encode("utf-16"), (1, 1), "not text in UTF-8: the byte 0xFF"),
    raw("Latin-1", "title: Übung\n".encode("latin-1"), (1, 8), "the byte 0xDC"),
    raw("a line of 10 MB", b"title: " + b"a" * 10_000_000, None, "10000007 bytes", "up to 4000000"),
    raw("a line of 3 MB", b"title: " + b"a" * 3_000_000, (1, 1), "there are no equations"),
    raw(
        "a list of a million",
        b"data: [" + b"1," * 1_000_000 + b"]",
        None,
        "more than 250000 values",
    ),
    raw(
        "an equation of 150 kB",
        b"equations: L = " + b"a+" * 75_000 + b"a",
        (1, 16),
        "unknown name: a",
    ),
    raw("a BOM and a mistake", b"\xef\xbb\xbfequations: L = q\n", (1, 16), "unknown name: q"),
]

ALL: list[Faulty] = [
    *CELLS,
    *NAMES,
    *STEPS,
    *SYNTAX,
    *SHAPES,
    *VALUES,
    *KEYS,
    *YAML,
    *RUNNING,
    *BYTES,
]


def by_name(name: str) -> Faulty:
    return next(f for f in ALL if f.name == name)
