"""What could be shown of each part -> what is shown of it in so many lines."""

from __future__ import annotations

from qa.partition import MOST_KEYS, Plan
from qa.salience import Floats

SCREEN = 40  # lines of a digest: what a person sees without scrolling
PLACE = 8  # characters of a place behind a sentence
WIDTH = 34  # characters of a line: 80 columns without the indent
FRAME = 4  # lines of it that are none of a part's: title, what it is, what is left out
HEADING = 60  # characters of a heading in it at most
POINT = 26  # characters of a point in a digest's line at most
MOST_FIGURES = 12  # figures of a part in full
SHOWN_FIGURES = 3  # of them on a screen
NARROW = 15  # parts from which each heading gets one line


def cost_of(characters: int) -> int:
    """Return the lines that so many characters take."""
    return -(-characters // WIDTH)


def whole(plans: list[Plan]) -> list[Plan]:
    """Show every point of every part, and as many key sentences."""
    for plan in plans:
        plan.shown_points, plan.shown_figures = len(plan.points), min(MOST_FIGURES, len(plan.figures))
        plan.keys = list(plan.ranking)
    return plans


def fitted(plans: list[Plan], scores: Floats, lines: int) -> list[Plan]:
    """Decide what is shown in so many lines: headings, a line of points each, then key sentences, figures and more points."""
    left = max(1, lines - FRAME)
    shown = plans
    if len(plans) > left:  # more parts than lines: those that say most
        most = [max((float(scores[n]) for n in plan.sentences), default=-99.0) for plan in plans]
        best = sorted(range(len(plans)), key=lambda n: -most[n])[:left]
        shown = [plans[n] for n in sorted(best)]
    narrow = len(shown) > NARROW
    left -= sum(
        1 if narrow or not p.heading else cost_of(min(HEADING, p.heading[1] - p.heading[0])) for p in shown
    )
    order = sorted(shown, key=lambda p: (not p.number, -p.size))
    for turn in range(2 * MOST_KEYS):
        for place, plan in enumerate(order):
            share = max(2, left // (len(order) - place)) if turn < 2 else left
            if turn != 1 and left > 0:
                left -= _more_points(plan, min(1, left))
            if turn == 3:
                left -= _more_figures(plan, left)
            if turn:
                left -= _one_more_key(plan, min(share, left))
    return shown


def _one_more_key(plan: Plan, lines: int) -> int:
    """Show the best sentence left of a part that fits into so many lines; return how many it takes."""
    taken = set(plan.keys)
    for number in plan.ranking:
        start, end = plan.spans[number]
        if number not in taken and (cost := cost_of(end - start + PLACE)) <= lines:
            plan.keys.append(number)
            return cost
    return 0


def _more_figures(plan: Plan, lines: int) -> int:
    """Show a part's first figures, where there are such lines; return how many they take."""
    found = plan.figures[:SHOWN_FIGURES]
    cost = cost_of(sum(end - start + 1 for start, end in found)) if found else 0
    if cost > lines:
        return 0
    plan.shown_figures = len(found)
    return cost


def _more_points(plan: Plan, lines: int) -> int:
    """Show as many points of a part as fit into so many more lines; return how many these take."""
    sizes = [min(end - start, POINT) + 1 for start, end in plan.points]
    before = cost_of(sum(sizes[: plan.shown_points]))
    room, count = (before + lines) * WIDTH, 0
    for size in sizes:
        room -= size
        if room < 0:
            break
        count += 1
    plan.shown_points = max(plan.shown_points, count)
    return cost_of(sum(sizes[: plan.shown_points])) - before
