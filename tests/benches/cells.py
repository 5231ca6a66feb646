"""Cells and tables, for all sections of docs/benchmarks.md."""

import math


def nanos(value):
    """A duration with its unit."""
    if value is None or math.isnan(value):
        return "–"
    for unit, scale in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}" if value < 100 * scale else f"{value / scale:,.0f} {unit}"
    return f"{value:.2f} ns" if value < 10 else f"{value:.0f} ns"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
