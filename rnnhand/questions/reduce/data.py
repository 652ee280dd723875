"""The data of a reduction, for `--format json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from rnnhand.calculus.choice import Difference
from rnnhand.language.operations import Functions
from rnnhand.language.printer import equation_text, text
from rnnhand.language.tree import Expr
from rnnhand.phrases import Phrases
from rnnhand.questions.reduce.conditions import between, conditions, nonzero, verdict
from rnnhand.questions.reduce.identities import identities
from rnnhand.questions.reduce.nearest import nearly
from rnnhand.questions.reduce.own_names import bare, plain
from rnnhand.questions.reduce.reason import Reason, is_proof, tells_terms
from rnnhand.questions.reduce.reduce import Answer, Fixed, Reduced, sequence

Pairs: TypeAlias = Sequence[tuple[Expr, Expr]]


def as_data(result: Reduced, words: Phrases, functions: Functions) -> dict[str, object]:
    """The result as plain data."""

    def message(reason: Reason) -> dict[str, str]:
        slots = {
            k: text(bare(v)) if not isinstance(v, str) else plain(v)
            for k, v in reason.slots.items()
        }
        if "f" in slots and slots["f"] in functions:
            slots["f"] = functions[slots["f"]].notation or slots["f"]
        if "q" in slots:
            slots["q"] += "[t]"
        return {"id": reason.code, "message": words.say(reason.code, **slots)}

    def fixing(item: Fixed) -> dict[str, object]:
        return {
            "kind": item.kind,
            "name": text(item.left),
            "value": text(item.right),
            "reasons": [message(r) for r in item.reasons],
        }

    def equations(pairs: Pairs) -> list[str]:
        return [f"{text(a)} = {text(b)}" for a, b in pairs]

    def one(answer: Answer) -> dict[str, object]:
        trial = answer.trial
        return {
            "fixed": [fixing(f) for f in answer.fixed],
            "becomes": {text(a): text(b) for a, b in answer.becomes},
            "after": equations(answer.after),
            "identities": equations(identities(result, answer, functions)),
            "idle": list(answer.idle),
            "conditions": {
                **{k: equations(v) for k, v in conditions(result, answer).items()},
                "nonzero": [text(d) for d in nonzero(answer)],
                "between": [" < ".join(map(text, d)) for d in between(answer)],
            },
            "normal_forms": equations(answer.distinct),
            "proved": all(c.same for c in answer.reduction.proof),
            "check": None
            if trial is None
            else {"points": trial.points, "agreed": trial.agreed, "steps": trial.steps,
                  "digits": trial.digits},
        }  # fmt: skip

    def difference(there: Difference) -> dict[str, str]:
        return {"kind": there.kind, "part": there.part, "expr": text(there.expr)}

    reasons = result.barred or result.obstacles
    told = bool(result.answers) or (is_proof(reasons) and not tells_terms(reasons))
    near = None if told else nearly(result)
    return {
        "source": result.source.name,
        "target": result.target.name,
        "verdict": verdict(result),
        "given": [fixing(f) for f in result.given],
        "left": equations(result.left),
        "before": [equation_text(s.target, s.body) for s in result.source.statements],
        "named": [f"{text(sequence(q))} = {text(e)}" for q, e in result.named],
        "goal": [equation_text(s.target, s.body) for s in result.target.statements],
        "output_layer": None
        if result.layer is None
        else equation_text(result.layer.target, result.layer.body),
        "answers": [one(a) for a in result.answers],
        "obstacles": [message(r) for r in reasons],
        "nearest": None
        if near is None
        else {
            "fixed": [fixing(f) for f in near.fixed],
            "after": equations(near.after),
            "equation": None if near.equation is None else text(near.equation),
            "difference": difference(near.differences[0]),
            "further": [difference(d) for d in near.differences[1:]],
        },
        "search": {"places": result.outcome.places, "complete": not result.outcome.cut},
    }
