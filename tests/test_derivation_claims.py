"""Every line of a derivation is checked by itself, and a wrong one is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rnnhand.calculus.rules import TWO, times
from rnnhand.language.printer import text
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named
from rnnhand.problem.files import Source, load, source
from rnnhand.problem.library import functions
from rnnhand.questions.claims.claim import Claim, Found
from rnnhand.questions.derive.check import check
from rnnhand.questions.derive.derive import Derivation, of_cell, of_problem
from rnnhand.questions.derive.page import document, page

OWN = {
    "a state is read again one step later, and by the loss itself": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  yhat[t] = u*h[t] + r*h[t-1]
  L[t] = (yhat[t] - y[t])^2 + w*h[t]
  L = sum[t](L[t])
steps: 1..4
parameters: {w: , v: , u: , r: }
initial: {"h[0]": }
data: {"x[1..4]": , "y[1..4]": }
""",
    "a gate reads the memory of the step before": """
equations: |
  r[t] = sigmoid(v*c[t-1] + x[t])
  c[t] = w*c[t-1] + x[t]
  h[t] = r[t]*c[t]
  L = (h[T] - y)^2
steps: 1..3
parameters: {w: , v: }
initial: {"c[0]": }
data: {"x[1..3]": , y: }
""",
    "a mean of all states is read at every step": """
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  m = mean[t](h[t])
  yhat[t] = u*h[t]*m
  L = sum[t]((yhat[t] - y[t])^2)
steps: 1..3
parameters: {w: , u: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "a state reads the mean of another": """
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  m = mean[t](h[t])
  g[t] = tanh(a*g[t-1] + b*m)
  L = sum[t]((u*h[t]*m + g[t])^2)
steps: 1..3
parameters: {w: , a: , b: , u: }
initial: {"h[0]": , "g[0]": }
data: {"x[1..3]": }
""",
    "what is summed runs with the letter of its reader": """
equations: |
  e[t] = tanh(w*e[t-1] + x[t])
  a[t] = exp(e[t])/sum[t](exp(e[t]))
  c[t] = u*c[t-1] + a[t]*x[t]
  L = sum[t]((c[t] - y[t])^2)
steps: 1..3
parameters: {w: , u: }
initial: {"e[0]": , "c[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "a parameter acts inside a step and by way of a sum over another index": """
equations: |
  h[t] = tanh(x[t]*u + q*h[t-1])
  s[k] = max(q*s[k-1] + sum[t](h[t])*m[k], q/3)
  L = sum[k](s[k]^2)
steps: 1..3
indices: {k: 1..2}
parameters: {u: , q: }
initial: {"h[0]": , "s[0]": }
data: {"x[1..3]": , "m[1..2]": }
""",
    "a way back leads through one side of a maximum, then the other": """
equations: |
  h[t] = max(w^t*h[t-1] + u*x[t], p/2)
  L = sum[t]((h[t] - y[t])^2)
steps: 1..3
parameters: {w: , u: , p: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "the loss is two sums and a penalty": """
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  L = sum[t](h[t]^2) + sum[t](h[t]^4) + w^2
steps: 1..2
parameters: {w: }
initial: {"h[0]": }
data: {"x[1..2]": }
""",
    "a batch, whose states are matrices": """
equations: |
  H[t] = tanh(X[t] @ W + H[t-1] @ U)
  L = sum[t](sum(H[t]^2))
steps: 1..2
parameters: {W: {shape: [1, 2]}, U: {shape: [2, 2]}}
initial: {"H[0]": {shape: [2, 2]}}
data: {"X[1..2]": {shape: [2, 1]}}
""",
    "an index is called k, and a gate i": """
equations: |
  i[k] = sigmoid(w*s[k-1] + x[k])
  s[k] = i[k]*s[k-1] + x[k]
  L = sum[k](s[k]^2)
indices: {k: 1..3}
parameters: {w: }
initial: {"s[0]": }
data: {"x[1..3]": }
""",
}


def checked(d: Derivation, unroll: int | None = None) -> tuple[Found, ...]:
    said = page(d, phrases("en"), unroll)
    return check(d, said.claims, said.writing.stacks).claims


def own(written: str) -> Derivation:
    return of_problem(load(Source("own.yaml", "title: own\n" + written), ()), "", (), "en")


@pytest.mark.parametrize("name", OWN)
def test_every_line_holds_and_none_goes_unchecked(name: str) -> None:
    found = checked(own(OWN[name]), 2)
    assert len(found) > 5
    assert [f.claim.left for f in found if f.reason or not f.equal] == []


@pytest.mark.parametrize("name", ["there-and-back-free-running", "encoder-decoder", "stateful"])
def test_what_runs_in_single_steps_is_told_right(name: str) -> None:
    assert all(
        f.equal and not f.reason for f in checked(of_problem(load(source(name)), "", (), "en"))
    )


@pytest.mark.parametrize("name", ["sru", "lstm-coupled", "bidirectional"])
def test_the_sums_of_a_cell_hold_in_every_size(name: str) -> None:
    cell = cell_named(name)
    sizes = dict.fromkeys(cell.sizes, 2)
    found = checked(of_cell(cell, functions(), sizes, (), "", "en"))
    assert {f.claim.part for f in found} >= {"locals", "chain", "back", "unrolled", "steps", "ways"}
    assert all(f.equal and not f.reason for f in found)


@pytest.mark.parametrize("part", ["chain", "steps", "unrolled", "locals", "ways"])
def test_a_wrong_line_is_found(part: str) -> None:
    """Twice a formula is another formula; what is needed is not unneeded."""
    d = of_problem(load(source("way-back")), "", (), "en")
    said = page(d, phrases("en"), None)

    def spoilt(claim: Claim) -> Claim:
        if claim.part == "ways":
            return replace(claim, differs=not claim.differs)
        forms = tuple(times(TWO, form) for form in claim.forms)
        local = claim.local and replace(claim.local, value=forms[0])
        return replace(claim, forms=forms, local=local)

    claims = [spoilt(c) for c in said.claims if c.part == part]
    found = check(d, claims, said.writing.stacks).claims
    assert found and not any(f.equal and not f.reason for f in found)


def test_a_sum_over_too_many_steps_says_so() -> None:
    text = OWN["a gate reads the memory of the step before"].replace("3", "300")
    reasons = {f.reason for f in checked(own(text)) if f.claim.part == "unrolled"}
    assert reasons == {"claim-long"}


def test_a_name_that_means_more_than_its_line_says_is_found() -> None:
    """∂h_t/∂h_{t−1} of a GRU is no z_t, which is ∂⁺h_t/∂h_{t−1}, its last equation alone."""
    d = of_problem(load(source("slide-gru")), "", (), "en")
    said = page(d, phrases("en"), None)
    (alone,) = [c for c in said.claims if c.part == "locals" and c.left.name == "d⁺h[t]/dh"]
    whole = replace(alone, left=replace(alone.left, name="dh[t]/dh"))
    right, wrong = check(d, (alone, whole), said.writing.stacks).claims
    assert right.equal and not wrong.equal


def test_every_parameter_of_a_long_step_has_a_line() -> None:
    """The recursion once, what each parameter does inside a step for each."""
    d = of_problem(load(source("slide-lstm")), "", (), "en")
    said = page(d, phrases("en"), None)
    names = [c.left.name for c in said.claims if c.part == "chain"]
    for q in d.plain:
        assert {f"dh[t]/d{q.name}", f"dc[t]/d{q.name}", f"d⁺h[t]/d{q.name}"} <= {*names}
    assert len(names) == len({*names})


def test_a_loss_written_as_one_sum_has_a_chain_rule_for_each_step() -> None:
    d = own("""
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  L = -sum[t](u*h[t])
steps: 1..2
parameters: {w: , u: }
initial: {"h[0]": }
data: {"x[1..2]": }
""")
    (line,) = (c for c in page(d, phrases("en"), None).claims
               if c.part == "chain" and c.left.name == "dL[t]/du")  # fmt: skip
    assert [text(form) for form in line.forms] == ["-h[t]"]


def test_a_way_back_that_gives_0_at_every_point_is_not_called_needed() -> None:
    """o has length 1 whatever h is, so that nothing comes back through h_1."""
    d = own("""
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  o[t] = h[t]/norm2(h[t])
  L = sum[t](sum(o[t]^2))
steps: 1..2
parameters: {w: }
initial: {"h[0]": {shape: [2]}}
data: {"x[1..2]": {shape: [2]}}
""")
    said = page(d, phrases("en"), None)
    found = check(d, said.claims, said.writing.stacks)
    assert [f.reason for f in found.claims if f.claim.part == "ways"] == ["claim-no-witness"]
    shown = repr(document(said, found).blocks)
    assert "needed. It stands" not in shown and "is needed is left out" in shown
    assert not found.is_false


def test_what_a_factor_switches_off_at_every_step_needs_no_way_back() -> None:
    """h_1 alone is made of p by way of h_0, and 0·p·h_0 is not."""
    d = own("""
equations: |
  h[t] = p*t*h[t-1] + u*x[t]
  L = sum[t](h[t]^2)
steps: -1..0
parameters: {p: , u: }
initial: {"h[-2]": }
data: {"x[-1..0]": }
""")
    found = [f for f in checked(d) if f.claim.part == "ways"]
    assert [(f.claim.by.name if f.claim.by else "", f.claim.differs) for f in found] == [
        ("p", False),
        ("u", False),
    ]
    assert all(f.equal and not f.reason for f in found)
