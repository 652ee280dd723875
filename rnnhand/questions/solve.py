"""`solve`: the model, then what the problem asks, as one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rnnhand.arithmetic.policy import Settled, settle
from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Equals,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
    Shown,
    Step,
    Values,
)
from rnnhand.document.key import Key
from rnnhand.errors import Diagnostic, Failure, diagnostic
from rnnhand.explain.mathematics import at_step, comparisons, mathematical, with_notation
from rnnhand.explain.sentences import joined
from rnnhand.explain.steps import Telling, is_zero
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.results import (
    AfterName,
    DerivativeName,
    ResultName,
    ValueName,
    parse_result,
)
from rnnhand.language.spellings import split_index
from rnnhand.language.tree import NOWHERE, Apply, Expr, Ref, walk
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import (
    Ask,
    AskForward,
    AskGradients,
    AskResult,
    AskTopic,
    AskUpdate,
    Problem,
)
from rnnhand.problem.results import check_result
from rnnhand.questions import backward, certificate, forward, kinks, updating
from rnnhand.questions.conventions import conventions, how_numbers_are_shown
from rnnhand.questions.evaluation import evaluator
from rnnhand.questions.facts import named
from rnnhand.questions.formula.facts import named_formulas
from rnnhand.questions.key import key_of, result, step_loss
from rnnhand.questions.live import live
from rnnhand.questions.said_facts import named_said
from rnnhand.questions.topics import TOPICS, WITHOUT_OPTIONS, Answer, answer
from rnnhand.questions.work import Plan, Worked, scalars_of
from rnnhand.system.classes import check_not_a_class
from rnnhand.system.model import SCALAR, Given, Quantity, System
from rnnhand.system.upstream import without_implied

LONGEST, BEGINNING, END = 60, 8, 2
"""Numbers of a sequence up to which all are shown; and those of a longer one that are."""

WIDEST, TALLEST = 12, 40
"""Columns and rows up to which a given matrix is written out."""


@dataclass(frozen=True)
class Options:
    """How to solve: the arithmetic, the digits, the questions (all, when none are named), data
    whose gradients are wanted too, and how much to tell."""

    arithmetic: str = "auto"
    digits: int = 5
    only: tuple[str, ...] = ()
    wrt: tuple[str, ...] = ()
    detail: str = "normal"


@dataclass(frozen=True)
class Solution:
    """A problem, the questions that are answered, and the values that answer them."""

    problem: Problem
    asks: tuple[Ask, ...]
    settled: Settled[Worked]
    answers: tuple[Answer, ...] = ()
    """Of the topics among the questions, in their order."""


def solve(problem: Problem, options: Options) -> Solution:
    """Work a problem out. Raises `Failure` where an option names what there is not."""
    asks = chosen(problem, options.only)
    plan = Plan(
        _of_letters_only(problem) if all(isinstance(a, AskTopic) for a in asks) else problem,
        tuple(_quantity(problem.system, name) for name in options.wrt),
        tuple(a for a in asks if isinstance(a, AskUpdate)),
        tuple(
            a.name for a in asks if isinstance(a, AskResult) and isinstance(a.name, DerivativeName)
        ),
    )
    answers = tuple(_answers(problem, asks))
    settled = settle(plan.task(), options.arithmetic, options.digits)
    return Solution(problem, asks, settled, answers)


def _of_letters_only(problem: Problem) -> Problem:
    """Without its equations, where a function in them may be any and so nothing has a value."""
    system = problem.system
    nodes = (n for e in system.equations for t in e.terms for n in walk(t.body))
    if not any(isinstance(n, Apply) and _is_open(system, n.op) for n in nodes):
        return problem
    return replace(problem, system=replace(system, equations=(), loss=None))


def _is_open(system: System, op: str) -> bool:
    return op in system.functions and system.functions[op].open


def _answers(problem: Problem, asks: Iterable[Ask]) -> list[Answer]:
    """What the topics among the questions find. Raises `Failure` with the mistakes of all."""
    found: list[Answer] = []
    wrong: list[Diagnostic] = []
    for ask in asks:
        if isinstance(ask, AskTopic):
            try:
                found.append(answer(problem, ask))
            except Failure as error:
                wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)
    return found


def chosen(problem: Problem, only: Iterable[str]) -> tuple[Ask, ...]:
    """The questions of a problem, or those that are named: forward, gradients, update, the word
    of a topic, or the name of a result."""
    names = list(only)
    if not names:
        return problem.ask
    found: list[Ask] = []
    for name in names:
        match name:
            case "forward":
                found.append(AskForward())
            case "gradients" | "gradient" | "backward":
                if problem.system.loss is None:
                    raise Failure([diagnostic("no-loss", None, "hint-loss")])
                found.append(AskGradients())
            case "update":
                updates = [a for a in problem.ask if isinstance(a, AskUpdate)]
                if not updates:
                    raise Failure([diagnostic("no-update-asked", None, "hint-update")])
                found += updates
            case word if word in TOPICS:
                topics = [a for a in problem.ask if isinstance(a, AskTopic) and a.word == word]
                if not topics and word in WITHOUT_OPTIONS:
                    topics = [AskTopic(word, yaml.Text("", NOWHERE))]
                if not topics:
                    raise Failure([diagnostic("topic-not-asked", None, word=word)])
                found += topics
            case _:
                found.append(AskResult(_named_result(problem.system, name)))
    return tuple(found)


def _named_result(system: System, name: str) -> ResultName:
    """A result that the command line names; what is wrong with it has no place in the file."""
    try:
        result = parse_result(name)
        check_result(system, result)
    except Failure as error:
        raise Failure(replace(d, span=None) for d in error.diagnostics) from None
    return result


def _quantity(system: System, name: str) -> Quantity:
    """The given quantity that `--wrt x` or `--wrt x[t]` names."""
    parts = split_index(name)
    for q in system.given:
        if parts is not None and parts[0] == q.name:
            check_not_a_class(system, q, name, option="--wrt")
            return q
    known = ", ".join(q.name for q in system.given)
    raise Failure([diagnostic("unknown-wrt", None, name=name[:60], known=known)], "--wrt", name)


def key(solution: Solution, options: Options, lang: str) -> Key:
    """The values of a solution, by name."""
    problem = solution.problem
    title = problem.wording(problem.title, lang) or problem.name
    asked = [a.name for a in solution.asks if isinstance(a, AskResult)]
    found = key_of(title, solution.settled, asked, options.digits)
    topics = [a.word for a in solution.asks if isinstance(a, AskTopic)]
    results = [a.results(options.digits) for a in solution.answers]
    answers = list(zip(topics, results, strict=True))
    facts = {fact.name: fact.table for fact in named(problem, answers)}
    formulas = named_formulas(problem, answers)
    facts |= {name: Numeral(expr, None) for name, expr in formulas.items()}
    facts |= {name: Numeral(None, str(said)) for name, said in named_said(problem, answers).items()}
    return replace(found, answers=answers, named=facts)


def without_closed_form(solution: Solution, options: Options) -> list[str]:
    """The results whose closed form is too long to be read, where closed forms were asked for."""
    if solution.settled.closed is None:
        return []
    found = key(solution, options, "")
    named = {**found.values, **found.gradients, **found.results}
    return [name for name, table in named.items() if not _is_exact(table)]


def _is_exact(table: Table) -> bool:
    if isinstance(table, Numeral):
        return table.exact is not None
    return all(_is_exact(item) for item in table)


def document(solution: Solution, options: Options, words: Phrases) -> Document:
    """The worked solution, in the language of `words`."""
    problem, settled = solution.problem, solution.settled
    found = answers(solution, options, words)
    blocks = [*statement(solution, options, words, found), *found]
    title = problem.wording(problem.title, words.lang) or problem.name
    source = problem.wording(problem.source, words.lang)
    floats = live(settled.work.plan, blocks) if settled.name != "symbolic" else None
    return Document(title, source, words.lang, tuple(blocks), floats, decimal=words.decimal)


def _telling(solution: Solution, options: Options, words: Phrases) -> Telling:
    settled, full = solution.settled, solution.settled.work.plan.full
    shape = shapes_in(full)
    value = evaluator(settled, shape, options.digits)
    if settled.name == "symbolic":
        value = with_notation(value, full.functions)
    return Telling(full, shape, value, words, options.detail)


def answers(solution: Solution, options: Options, words: Phrases) -> list[Block]:
    """The questions answered, one after the other."""
    problem, settled = solution.problem, solution.settled
    plan = settled.work.plan
    telling = _telling(solution, options, words)
    blocks: list[Block] = []
    updates = 0
    found = iter(solution.answers)
    results: list[Block] = []
    for ask in solution.asks:
        match ask:
            case AskForward():
                blocks.append(forward.section(telling, plan))
            case AskGradients():
                blocks += backward.section(telling, plan, _step_losses(solution, options))
                blocks += kinks.notes(telling, settled, options.digits)
                checked = certificate.note(telling, settled)
                blocks += [checked] if checked else []
            case AskUpdate():
                blocks.append(updating.section(telling, settled, problem, updates, options.digits))
                updates += 1
            case AskTopic():
                blocks += next(found).tell(words, options.digits)
            case AskResult(name):
                results.append(_result(telling, settled, name, options.digits))
    blocks += updating.side_by_side(telling, settled, problem, options.digits) if updates else []
    if results:
        blocks.append(Section(telling.say("results-title"), tuple(results)))
    too_long = without_closed_form(solution, options)
    if too_long:
        said = telling.say("closed-too-long", name=too_long[0], count=str(len(too_long)))
        blocks.append(Note("warning", said))
    if settled.undecided:
        blocks.append(Note("warning", telling.say("undecided-values")))
    return blocks


def statement(
    solution: Solution, options: Options, words: Phrases, below: Sequence[Block]
) -> list[Block]:
    """What stands before the answers, which are `below`."""
    telling, settled = _telling(solution, options, words), solution.settled
    shown = (Values(tuple(_given(telling, solution.problem.system))), *below)
    scalars = scalars_of(settled.work)
    numbers = how_numbers_are_shown(telling, settled, scalars, options.digits, shown)
    return list(model(telling, solution, numbers))


def model(telling: Telling, solution: Solution, numbers: Sentence) -> Iterator[Block]:
    """The exercise, its equations, the given values, and the conventions in force; `numbers` says
    how numbers are shown."""
    problem, settled = solution.problem, solution.settled
    system = problem.system
    exercise = problem.wording(problem.text, telling.words.lang)
    if exercise:
        yield Paragraph((exercise,))
    if not system.equations:
        return
    yield Definitions(
        tuple(
            (e.target, mathematical(e.body, telling.shape, system.functions))
            for e in without_implied(system).equations
        )
    )
    yield Values(tuple(_given(telling, system)))
    said = [*conventions(telling, system), numbers]
    yield Paragraph(telling.say("conventions", list=joined([s for s in said if s], "; ")))
    branches = _branches(telling, settled)
    if branches:
        yield Note("warning", branches)


def _given(telling: Telling, system: System) -> Iterator[Sentence]:
    """w = v = 1/2, h_0 = 0, y_0..y_3 = 0, 1, −1, 2, and matrices."""
    same: dict[tuple[str, Table], list[Expr]] = {}
    sequences: list[Sentence] = []
    known: list[Sentence] = []
    letters: list[Sentence] = []
    running: list[Sentence] = []
    for given in system.given.values():
        if given.shape == SCALAR and len(given.values) > 1:
            if given.has_letters and all(
                _is_letter(telling, given.quantity.at(step)) for step in given.values
            ):
                running += _from_to(given)
            else:
                sequences += _sequences(telling, given)
            continue
        for step in given.values:
            ref = given.quantity.at(step)
            if given.shape[1] > WIDEST or given.shape[0] > TALLEST:
                shape = f"{given.shape[0]}×{given.shape[1]}"
                sequences.append(telling.say("large", name=Math(ref), shape=shape))
                continue
            same.setdefault((given.role, telling.value(ref, None)), []).append(ref)
    for (_, table), names in same.items():
        sentence: list[Inline] = []
        for name in names[:-1]:
            sentence += [Math(name), " = "]
        if len(names) == 1 and _is_letter(telling, names[0]):
            letters.append((Math(names[0]),))
            continue
        known.append((*sentence, Equals(names[-1], table)))
    letters += running
    if len(letters) == 1 and not running:
        yield telling.say("letter", name=letters[0])
    elif letters:
        yield telling.say("letters-given", list=joined(letters))
    yield from known
    yield from sequences


def _is_letter(telling: Telling, name: Expr) -> bool:
    """Whether nothing but its own name stands for a given number."""
    table = telling.value(name, None)
    return isinstance(table, Numeral) and table.exact == name


def _from_to(given: Given) -> list[Sentence]:
    """x_1, …, x_3; each on its own where steps are left out."""
    steps = [step for step in given.values if step is not None]
    ends = (steps[0], steps[-1]) if _in_a_row(steps) and len(steps) > 2 else steps
    named: list[Sentence] = [(Math(given.quantity.at(step)),) for step in ends]
    return [joined(named, ", …, ")] if len(named) < len(steps) else named


def _in_a_row(steps: list[int]) -> bool:
    return steps == list(range(steps[0], steps[0] + len(steps)))


def _sequences(telling: Telling, given: Given) -> Iterator[Sentence]:
    steps = [s for s in given.values if s is not None]
    q = given.quantity
    if not _in_a_row(steps):
        for step in steps:
            yield (Equals(q.at(step), telling.value(q.at(step), None)),)
        return
    sentence: list[Inline] = [*joined(_from_to(given)), " = "]
    left_out = range(BEGINNING, len(steps) - END) if len(steps) > LONGEST else range(0)
    for i, step in enumerate(steps):
        if i not in left_out:
            sentence += [", "] * (i > 0) + [Shown(telling.value(q.at(step), None))]
        elif i == left_out[0]:
            sentence.append(", …")
    yield tuple(sentence)


def _branches(telling: Telling, settled: Settled[Worked]) -> Sentence:
    """With letters and numbers: on which side of every kink the given numbers are."""
    gradient = settled.work.plan.gradient
    if settled.name != "symbolic" or settled.work.plan.has_letters or gradient is None:
        return ()
    found: dict[Expr, Sentence] = {}
    opposite = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
    for equation in gradient.adjoints:
        for term in equation.terms:
            for indicator in comparisons(term.body):
                for step in term.steps or (None,):
                    here = at_step(indicator, gradient.system, step)
                    assert isinstance(here, Apply)
                    false = is_zero(telling.value(here, None))
                    said = Apply(opposite[here.op], here.args) if false else here
                    found.setdefault(here, (Math(said),))
    return telling.say("branches", list=joined(list(found.values()))) if found else ()


def _step_losses(solution: Solution, options: Options) -> backward.StepLoss:
    def value(loss: Quantity, step: int | None, given: Given) -> Table:
        return step_loss(solution.settled, loss, step, given, None, options.digits)

    return value


def _result(telling: Telling, settled: Settled[Worked], name: ResultName, digits: int) -> Step:
    """A result that `ask` names."""
    match name:
        case ValueName(ref):
            left: Expr = ref
        case DerivativeName(of, by):
            left = Ref(f"d{text(of)}/d{by.name}", by.index)
        case AfterName():
            raise AssertionError(name)
    if name.entry:
        left = Apply("entry", (left, *(Ref(str(i)) for i in name.entry)))
    return Step(left, (), result(settled, name, digits))
