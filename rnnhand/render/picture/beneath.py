"""Lines between steps that come from above a cell and lead into its upper part had better not run
beneath it: a state that is only scaled and added to passes above the gates, as lecturers draw."""

from __future__ import annotations

from rnnhand.render.picture.pattern import Pattern


def beneath(pattern: Pattern) -> int:
    """How many rows of nodes lie above the places where lines from other steps enter a column, and
    below both what these come from and all that they lead to; the lowest of them aside, since what
    all gates read has to enter below the inputs."""
    if pattern.edges.folded:
        return 0
    row, of = pattern.layered.row, pattern.parts.pattern
    ends: dict[str, set[int]] = {}
    for edge in pattern.edges.bent:
        own = ends.setdefault(pattern.edges.port(edge), set())
        own |= {row[of[edge.start]], row[of[edge.end]]}
    rows = {row[item] for item in pattern.sketch.sizes if not pattern.is_port(item)}
    found = (sum(row[port] < i < min(own) for i in rows) for port, own in ends.items())
    return sum(max(count - 1, 0) for count in found)
