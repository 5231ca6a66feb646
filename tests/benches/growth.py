#!/usr/bin/env python3
"""The section "Growth" of docs/benchmarks.md, and its plots: what an error costs as one thing grows.

    ./growth.py            measures and writes docs/benchmarks-growth.svg: some minutes
    ./growth.py --quick    the same without the program of 200 MB
    ./growth.py --render   the plots again, from the numbers of the last run

`run` calls `measure` and `section`.
"""

import json
import math
import os
import subprocess
import sys
from html import escape
from pathlib import Path

from cells import nanos, table

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent.parent / "docs"
PICTURE = "benchmarks-growth.svg"

OURS, DROPS, PEER = "track_errors", "track_errors, newest dropped", "tracing::instrument(err)"
POWERS = lambda low, high: [10**power for power in range(low, high + 1)]
# The axis of the program, its title, its sizes, and who is measured.
AXES = [
    ("threads", "Threads that fail at the same time", [1, 2, 4], [OURS, PEER]),
    ("depth", "Depth of the stack (frames)", [10, 30, 100, 1_000], [OURS, PEER]),
    ("message", "Length of the message (bytes)", POWERS(1, 6), [OURS, PEER]),
    ("sites", "Functions that fail", [1, 10, 100, 1_000, 10_000], [OURS]),
    ("stacks", "Distinct stacks", POWERS(0, 5), [OURS, PEER]),
    ("burst", "Errors without a pause (queue: 8,192)", POWERS(2, 5), [OURS, DROPS, PEER]),
]


# --- Measuring -----------------------------------------------------------------------------------


def measure(run):
    """Runs the programs by `run.call`: the points of each curve, and the large program, unless `run.quick`."""
    release = Path(run.env["CARGO_TARGET_DIR"], "release")
    run.call("cargo", "build", "--release", "--locked", "--features", "sites", "--bin", "growth", "--bin", "growth_sites")
    curves = {}
    for axis, _, sizes, peers in AXES:
        program = release / ("growth_sites" if axis == "sites" else "growth")
        for peer in peers:
            lines = [run.call(str(program), axis, str(size), peer) for size in sizes]
            points = [json.loads(line) for line in lines]
            curves[f"{axis}/{peer}"] = [[point[key] for key in ("size", "thread_ns", "sink_ns")] for point in points]
    large = None if run.quick else json.loads(run.call(str(HERE / "large_program" / "run"), "--json"))
    return {"curves": curves, "large": large}


# --- Writing -------------------------------------------------------------------------------------


def short(value):
    """A number on an axis: 10k, 1M."""
    for unit, scale in (("M", 1e6), ("k", 1e3)):
        if value >= scale:
            return f"{value / scale:g}{unit}"
    return f"{value:g}"


COLOURS = {OURS: "#d9622b", DROPS: "#2a9d6f", PEER: "#5b84b1"}
WIDTH, HEIGHT, LEFT, TOP, COLUMNS = 270, 190, 62, 92, 3


def picture(curves):
    """Small plots, all with the same scale of time. The colours are legible on white and on black."""
    values = [value for points in curves.values() for _, *point in points for value in point]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    rows = math.ceil(len(AXES) / COLUMNS)
    width, height = COLUMNS * (WIDTH + LEFT) + 16, TOP + rows * (HEIGHT + 84)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#808890">',
        "<title>What one error costs as one thing grows</title>",
        '<text x="10" y="24" font-size="16" font-weight="600">One error, as one thing grows</text>',
        '<text x="10" y="44">Solid: time of the failing thread. Dashed: time until the line is written to /dev/null. '
        "Both axes are logarithmic.</text>",
    ]
    x = 10
    for name, colour in COLOURS.items():
        parts.append(f'<path d="M{x} 60h24" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(f'<text x="{x + 30}" y="64">{escape(name)}</text>')
        x += 62 + 7 * len(name)
    for at, (axis, title, sizes, peers) in enumerate(AXES):
        left, top = LEFT + at % COLUMNS * (WIDTH + LEFT), TOP + at // COLUMNS * (HEIGHT + 84) + 14
        across = math.log10(sizes[-1] / sizes[0])
        to_x = lambda size: left + WIDTH * math.log10(size / sizes[0]) / across
        to_y = lambda value: top + HEIGHT * (1 - (math.log10(value) - low) / (high - low))
        parts.append(f'<text x="{left}" y="{top - 10}" font-weight="600">{escape(title)}</text>')
        for power in range(low, high + 1):
            y = to_y(10**power)
            parts.append(f'<path d="M{left} {y:.1f}h{WIDTH}" stroke="#808890" stroke-opacity=".3"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="11">{nanos(10**power)}</text>')
        for size in sizes:
            x = to_x(size)
            parts.append(f'<path d="M{x:.1f} {top + HEIGHT}v4" stroke="#808890"/>')
            parts.append(f'<text x="{x:.1f}" y="{top + HEIGHT + 18}" text-anchor="middle" font-size="11">{short(size)}</text>')
        for peer in peers:
            points = curves[f"{axis}/{peer}"]
            for of, dashes in ((1, ""), (2, ' stroke-dasharray="5 4"')):
                line = " ".join(f"{to_x(point[0]):.1f},{to_y(point[of]):.1f}" for point in points)
                style = f'fill="none" stroke="{COLOURS[peer]}" stroke-width="2"{dashes}'
                parts.append(f'<polyline points="{line}" {style}/>')
                for point in points:
                    parts.append(
                        f'<circle cx="{to_x(point[0]):.1f}" cy="{to_y(point[of]):.1f}" r="2.5" fill="{COLOURS[peer]}">'
                        f"<title>{escape(peer)}, {point[0]:,.0f}: {nanos(point[of])}</title></circle>"
                    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def large_md(large):
    if not large:
        return "The first error of a large program was not measured: `tests/benches/large_program/run` does it."
    rows = [
        ("time of the failing thread", "thread_ns", nanos),
        ("line on disk", "line_ns", nanos),
        ("slowest error of another thread meanwhile", "beside_ns", nanos),
        ("the same in a second of quiet", "quiet_ns", nanos),
        ("memory gained when the line is on disk", "after_bytes", mebibytes),
        ("highest until then", "peak_bytes", mebibytes),
        ("memory gained, idle again", "idle_bytes", mebibytes),
    ]
    sizes = [f"{program['file_bytes'] / 1e6:.0f} MB" for program in large.values()]
    return table(["", *sizes], [[what, *(show(large[name][key]) for name in large)] for what, key, show in rows])


def mebibytes(value):
    return f"{value / 2**20:.1f} MiB"


def section(numbers):
    """The text of the section. Writes the plots."""
    (DOCS / PICTURE).write_text(picture(numbers["curves"]))
    return f"""## Growth

![What one error costs as one thing grows](benchmarks-growth.svg)

* *Threads*: all of them fail without a pause. This machine has two cores, so four threads wait for each other.
* *Depth*: a walk ends at 128 addresses.
* *Message*: at most 8 KiB of it are kept. `tracing` writes all of it.
* *Functions*, *stacks*: errors in random order, after each has failed once (of the stacks, at most 20,000).
* *Functions*: what is known of addresses has 16 MiB, which ten thousand failing functions with their callers exceed. Names
  are then looked up again, on a thread of their own. The code of each function is cold, too.
* *Stacks*: texts of stacks have 4 MiB, some 1,500 of this length. Another one is put together from the lines of its
  addresses, which are known.
* *Errors without a pause*: the worker is slower than the failing thread, so the queue fills. Then the failing thread waits
  (`overflow = "block"`), or the newest error is counted and dropped, and *written* is the time until the rest is.

### The first error of a large program

{large_md(numbers["large"])}

Programs by `tests/benches/large_program/run`: the same `main` without and with 300 modules of code in other crates, not
optimised, with full debug info. Medians. Most of the time to the line is the worker's: it reads the debug info's list of
units, the symbol table, and one unit. The failing thread reads none of it.
"""


def aims(numbers):
    """Cells of the table of aims: what is measured, and whether that is enough."""
    sink = {size: spent for size, _, spent in numbers["curves"][f"stacks/{OURS}"]}
    ratio = sink[10_000] / sink[1_000]
    cells = {"stacks": (f"{nanos(sink[10_000])} (1,000: {nanos(sink[1_000])})", ratio <= 1.5)}
    large = numbers["large"]
    if large:
        shown = [f"{nanos(large[name]['line_ns'])} in {large[name]['file_bytes'] / 1e6:.0f} MB" for name in ("small", "large")]
        # The failing thread does not wait for the worker, so its time does not grow with the program's.
        never_waits = large["large"]["thread_ns"] < large["large"]["line_ns"] / 20
        cells["first"] = (f"{', '.join(shown)}; {nanos(large['large']['thread_ns'])} of the calling thread", never_waits)
    return cells


class Run:
    """What `run` hands to `measure`."""

    def __init__(self, quick):
        self.quick = quick
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("RUST_", "TRACK_ERRORS_", "DD_", "OTEL_"))}
        self.env.setdefault("CARGO_TARGET_DIR", str(HERE / "target"))

    def call(self, *command):
        print("$", *command, flush=True)
        return subprocess.run(command, cwd=HERE, env=self.env, text=True, stdout=subprocess.PIPE, check=True).stdout


def main():
    arguments = sys.argv[1:]
    if arguments not in ([], ["--quick"], ["--render"]):
        sys.exit(f"unknown arguments: {' '.join(arguments)}\n\n{__doc__}")
    run = Run("--quick" in arguments)
    stored = Path(run.env["CARGO_TARGET_DIR"], "growth.json")
    if "--render" not in arguments:
        stored.write_text(json.dumps(measure(run)))
    elif not stored.exists():
        sys.exit("nothing was measured yet: run it without --render")
    section(json.loads(stored.read_text()))
    print(f"wrote docs/{PICTURE}")


if __name__ == "__main__":
    main()
