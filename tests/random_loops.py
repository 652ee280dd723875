"""Random systems of several loops, as problem files: each runs forward or backward, reads itself
one or two steps away, and the loops before it at any step; numbers and vectors of two. Some have
the number of the step in their equations, and some a loss that reads single steps."""

from __future__ import annotations

from random import Random

FUNCTIONS = ("tanh", "sigmoid", "softplus", "f")


def random_loops(rng: Random) -> str:
    names = ["h", "g", "q", "r"][: rng.randint(2, 4)]
    sizes = {n: rng.choice((1, 1, 2)) for n in names}
    ways = {n: rng.choice((-1, -1, 1)) for n in names}
    timed = rng.random() < 0.2
    lines: list[str] = []
    parameters: dict[str, tuple[int, int]] = {}
    initial: dict[str, int] = {}

    def weight(rows: int, columns: int) -> str:
        same = [n for n, s in parameters.items() if s == (rows, columns)]
        if same and rng.random() < 0.2:  # one weight in several places
            return rng.choice(same)
        parameters[f"w{len(parameters) + 1}"] = rows, columns
        return f"w{len(parameters)}"

    def read(name: str, by: str, lag: int) -> str:
        at = f"{name}[t{lag:+d}]" if lag else f"{name}[t]"
        at = rng.choice((f"({at}/t)", f"(t*{at})", f"({at}*(T - t + 1))")) if timed else at
        if sizes[name] == 1 and sizes[by] == 1:
            return f"{weight(1, 1)}*{at}"
        return f"{weight(sizes[by], sizes[name])} @ {at}"

    def known(name: str, lag: int) -> None:
        for k in range(1, abs(lag) + 1):
            initial[f"{name}[{1 - k if lag < 0 else 4 + k}]"] = sizes[name]

    for i, name in enumerate(names):
        way = ways[name]
        parts = [read(name, name, k * way) for k in rng.choice(((1,), (1, 2), (2,)))]
        known(name, 2 * way)
        for other in names[:i]:
            if rng.random() < 0.8:
                lag = rng.choice((0, 0, ways[other], 2 * ways[other]))
                parts.append(read(other, name, lag))
        for j, other in enumerate(names[i + 1 :], i + 2):
            together = {ways[n] for n in names[i:j]} == {way}
            if together and rng.random() < 0.3:
                parts.append(read(other, name, way))
        parts.append("x[t]")
        lines.append(f"{name}[t] = {rng.choice(FUNCTIONS)}({' + '.join(parts)})")
    if rng.random() < 0.5:
        lines.append(f"z[t] = sum({rng.choice(names)}[t])*sum({rng.choice(names)}[t])")
        names.append("z")
    error = " + ".join(f"sum({n}[t])" for n in rng.sample(names, min(len(names), 2)))
    single = [f"(sum({rng.choice(names)}[{k}]) - 1)^2" for k in rng.sample((2, 3, "T", "T-1"), 2)]
    whole = ("sum[t](E[t])", " + ".join(single), f"mean[t](E[t]) + {single[0]}")
    lines += [f"E[t] = ({error} - y[t])^2", f"L = {rng.choice((whole[0], *whole))}"]
    rng.shuffle(lines)
    shapes = ", ".join(f"{n}: {{shape: [{a}, {b}]}}" for n, (a, b) in parameters.items())
    given = ", ".join(f'"{n}": {{shape: [{a}]}}' for n, a in initial.items())
    body = "\n".join("  " + line for line in lines)
    return (
        f"title: loops\nequations: |\n{body}\nfunctions: {{f: }}\nsteps: 1..4\n"
        f"parameters: {{{shapes}}}\ninitial: {{{given}}}\n"
        'data: {"x[1..4]": , "y[1..4]": }\n'
    )
