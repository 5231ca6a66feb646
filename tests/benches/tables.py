"""docs/benchmarks.md and docs/benchmarks.svg, from the numbers of a run."""

import math
from html import escape

import aims
from cells import nanos, table
from sections import SECTIONS

OURS = ["track_errors", "track_errors, trail"]
FIRSTS = [*OURS, "tracing::error! + backtrace", "sentry::capture_error", "anyhow (creation)"]


def bold(name):
    return f"**{name}**" if name.startswith("track_errors") else name


class Numbers:
    def __init__(self, data):
        self.results = data["results"]
        self.conditions = data["conditions"]

    def get(self, key):
        return self.results.get(key)

    def err(self, peer, frames):
        return self.get(f"err/{peer}/{frames}") or self.get(f"err_backtrace/{peer}/{frames}")

    def peers(self):
        """The fastest first."""
        names = {key.split("/")[1] for key in self.results if key.startswith(("err/", "err_b"))}
        return sorted(names, key=lambda peer: self.err(peer, 30))

    def code(self):
        """Bytes of a tracked function with one `?` beyond those of a plain one; of each further `?` of a call, and of a
        function that is inlined."""
        one, nine, inlined = (
            (self.get(f"size/tracked{which}") - self.get(f"size/plain{which}")) / 64
            for which in ("", "_9", "_9_inlined")
        )
        return one, (nine - one) / 8, (inlined - one) / 8


# --- Tables --------------------------------------------------------------------------------------


def bursts(n):
    rows = []
    for peer in [*OURS, "tracing::error!", "tracing::instrument(err)"]:
        cells = []
        for what in ["bursts", "steady"]:
            lower, median, upper, ratio = (n.get(f"{what}/{peer}/{key}") for key in ("lower", "ns", "upper", "ratio"))
            cells += [nanos(median), f"{nanos(lower)} – {nanos(upper)}", f"{ratio:.2f}×"]
        rows.append([bold(peer), *cells])
    return table(["", "in bursts", "quartiles", "ratio", "steady", "quartiles", "ratio"], rows)


def peers(n):
    rows = []
    for peer in n.peers():
        what = lambda kind, key: n.get(f"{kind}/{peer}/{key}")
        rows.append([
            bold(peer),
            *(nanos(n.err(peer, frames)) for frames in (30, 100)),
            f"{what('allocations', 'count'):.1f}",
            f"{what('threads', 'ratio'):.2f}",
            *(nanos(what(f"end_to_end_{target}", "ns")) for target in ("null", "file")),
            nanos(what("first", "ns")),
            nanos(what("beside", "worst_ns")),
        ])
    head = ["", "30 frames", "100 frames", "allocations", "two threads", "to /dev/null", "to a file", "first",
            "worst beside it"]
    return table(head, rows)


def worker(n):
    rows = []
    for peer in OURS:
        what = lambda key: n.get(f"worker_null/{peer}/{key}")
        cells = [f"{what('bytes'):,.0f}"]
        for target in ["null", "file"]:
            ours, plain, cpu, plain_cpu = (
                n.get(f"worker_{target}/{peer}/{key}") for key in ("ns", "plain_ns", "cpu_ns", "plain_cpu_ns")
            )
            cells += [f"{1e9 / ours:,.0f}", f"{1e9 / plain:,.0f}", f"{plain / ours:.2f}×", f"{plain_cpu / cpu:.2f}×"]
        rows.append([bold(peer), *cells, f"{n.get(f'allocations/{peer}/others'):.1f}"])
    head = ["", "bytes a line", "to /dev/null", "serde_json", "ratio", "CPU", "to a file", "serde_json", "ratio", "CPU",
            "allocations"]
    return table(head, rows)


def suppressed(n):
    rows = []
    for name in ["plain", "track_errors", "tracing::instrument(err)"]:
        cells = []
        for levels in (1, 3):
            spent, ours = (n.get(f"suppressed/{peer}/{levels}") for peer in (name, "track_errors"))
            cells += [nanos(spent), f"{spent / ours:.2f}×"]
        rows.append([bold(name), *cells])
    return table(["", "1 level", "ratio", "3 levels", "ratio"], rows)


def calls(n):
    rows = []
    for name in ["plain", "track_errors", "plain_inlined", "track_errors_inlined", "tracing"]:
        kinds = ["sync", "sync_nested_5", "async", "async_nested_5", "varints"]
        rows.append([bold(name.replace("_inlined", ", inlined")), *(nanos(n.get(f"ok/{name}/{kind}")) for kind in kinds)])
    return table(["", "sync call", "sync, five deep", "async, one poll", "async, five deep", "varint in a loop"], rows)


def fields(n):
    names = ["plain", "track_errors", "track_errors, kept", "track_errors, formatted", "tracing, kept",
             "tracing, formatted"]
    return table(["", "sync call"], [[bold(name), nanos(n.get(f"ok/fields/{name}"))] for name in names])


def spans(n):
    layers = ["registry", "tracing_error::ErrorLayer", "track_errors::tracing::layer()", "fmt, JSON"]
    rows = [[bold(layer), *(nanos(n.get(f"{what}/{layer}")) for what in ("span", "error_in_spans"))] for layer in layers]
    return table(["", "a span", "an error in two spans"], rows)


def memory(n):
    rows = []
    for peer in OURS:
        cells = (n.get(f"memory/{peer}/{when}") for when in ("1", "1000", "100000", "idle"))
        rows.append([bold(peer), *(f"{size / 2**20:.1f} MiB" for size in cells)])
    return table(["", "after 1", "after 1,000", "after 100,000", "idle again"], rows)


def compile_time(n):
    seconds = n.get("compile_time")["seconds"]
    return table(
        ["", "`cargo check`", "ratio"],
        [[bold(name), f"{spent:.2f} s", f"{spent / seconds['plain']:.2f}×"] for name, spent in seconds.items()],
    )


PEERS = """\
* **plain** does nothing with the error. **track_errors** writes the full stack; *trail* is `backtrace = "trail"`.
* **tracing::instrument(err)**: the attribute with `skip_all`, and `fmt().json()`. **tracing::error!** is a macro call
  with the same subscriber, without a span; with *backtrace*, it formats `Backtrace::force_capture()`.
* **sentry::capture_error**, with `attach_stacktrace` and a transport that discards the envelope.
* **emit**, with an emitter that serialises the event with `serde_json`. **log + env_logger** writes its own text.
  **slog-json** writes JSON.
* **fastrace**: an event in a function with `#[trace]`, in a trace of its own, without which it records nothing. Its
  reporter discards the spans, so no line is written.
* *Creation* makes an error value of anyhow, eyre, snafu or error-stack and writes nothing. It runs with
  `RUST_BACKTRACE=1`, so that they capture a backtrace, and nothing else does."""


def markdown(n):
    c, compiled = n.conditions, n.get("compile_time")
    one, further, inlined = n.code()
    sections = "\n\n".join(module.section(n.get(name)).strip() for name, module in SECTIONS.items() if n.get(name))
    return f"""# Benchmarks

What an error costs, against what it cost before the work on the failing path, and against the aims of that work. ×
is the time against that of `tracing::instrument(err)`, which writes JSON, in the same run.

{aims.markdown(n, table)}

All numbers of this page are of `tests/benches/run{' --quick' if c['mode'] == 'quick' else ''}` on {c['date']}: {c['cpu']}, {c['system']},
{c['rustc']}; release builds with line tables. Compare the numbers of one column
with each other, not with those of another machine. [How to run it](#how-to-run-it) and [what each peer
does](#what-each-peer-does) are below.

## An error

![An error on a stack of 30 frames](benchmarks.svg)

{bursts(n)}

The time of the failing thread, on a stack of 30 frames. *In bursts*: 300 errors after a pause of 120 ms, as real
failures come; *steady*: one after the other, with a pause only until all are written. The peers take turns in each
round; the ratio is that of the same round. Medians.

{peers(n)}

* *Frames* are what one `Err` costs the failing thread at that stack depth. *Allocations* are those of the failing
  thread.
* *Two threads*: errors of two threads at once against those of one, at 30 frames.
* *To …* is the time until the last of many errors is written, divided by their number; the best of several rounds.
* *First* is the first error of a process: the time of the failing thread. *Worst beside it* is the slowest error of
  another thread until the first stack is resolved.

### The worker

{worker(n)}

Errors a second without a pause, of one thread, until the last is written. *serde_json* is a thread that serialises
the same data, stack text included, into a buffer of 64 KiB and writes it to the same place: it looks for no stack, no
symbol and no time. *Ratio* compares with it, *CPU* by the CPU time of the writing thread alone. *Allocations* are the
worker's for one record.

### An error that the rate limit suppresses

{suppressed(n)}

*Levels* are the functions that the error leaves; *ratio* is the time against that of `track_errors`, which suppresses
all but one error a second (`rate_limit = 1`). `tracing` has no rate limit: it logs the error once a level.

## A call that does not fail

{calls(n)}

Per call; *five deep* is five calls. The last column reads one number from a byte slice, with a call for the number
and for each of its bytes. *tracing* is `#[tracing::instrument(err, skip_all)]` with a JSON subscriber.

### With fields

{fields(n)}

*Kept*: `fields(order.id, name = order.name, count)` of a reference and a number; formatted only if an error leaves.
*Formatted*: `fields(text)` of a `&mut String`, which the body may change, so it is copied when the call begins.
*tracing* records its fields on each call.

## Spans

{spans(n)}

*A span*: made with three fields, entered, left and closed. *An error in two spans*: of `track_errors` with the trail,
inside two spans with three fields each; its layer collects all six. Each row is a registry with that layer alone, the
dispatcher of the thread.

## Instructions

{n.get("instructions").strip()}

By callgrind, so exact; where a line is logged, the count varies by a few percent. *Boundary*: with
`report = "boundary"`. *Inside a boundary*: called by such a function. The aims are this crate's own; errors have none.

{sections}

## Memory

{memory(n)}

Resident memory that the process gained. Most of it is debug info that the first stack is resolved with. *Idle again*:
the least of the 20 seconds after the last error. Other programs are under
[Growth](#the-first-error-of-a-large-program).

## Code and compile time

A tracked function with one `?` takes {one:.0f} bytes more than without the attribute, in code, constants and unwind
tables; each further `?` of a call takes {further:.0f}. Where the compiler inlines the function that fails (here
`str::parse`), it takes {inlined:.0f}: that function's own code comes out longer.

{compile_time(n)}

User CPU time of `cargo check` of {compiled['crate']} alone, with the attribute on {compiled['functions']:,} functions;
*tracing* is `#[tracing::instrument(skip_all, err)]`. The least of {compiled['rounds']} rounds.

## How to run it

```console
$ tests/benches/run             # everything; half an hour
$ tests/benches/run --quick     # fewer samples; ten minutes
$ tests/benches/run bursts      # one measurement; `run --help` lists them
$ tests/benches/instructions    # instruction counts, exact also on a busy machine; half a minute
$ tests/benches/compile_time    # three minutes
```

Linux, Python and a Rust toolchain are enough; instructions need valgrind. Times vary with the load of the machine:
compare ratios of one run.

## What each peer does

{PEERS}
"""


def svg(n):
    """What an error costs the calling thread, as bars on a logarithmic scale.

    The colours are legible on white and on black; the background is transparent.
    """
    peers = [peer for peer in n.peers() if peer != "plain"]
    row, left, width, top = 26, 230, 470, 64
    values = [n.err(peer, 30) for peer in peers]
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))
    x = lambda value: left + width * math.log(value / low) / math.log(high / low)
    bottom = top + row * len(peers)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {bottom + 44}" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#808890">',
        "<title>What one error costs the thread on which it happens</title>",
        '<text x="10" y="24" font-size="16" font-weight="600">One error on a stack of 30 frames: time of the calling thread</text>',
        '<text x="10" y="44">with a stack: dark bars; without: light bars; logarithmic scale</text>',
    ]
    tick = low
    while tick <= high:
        parts.append(f'<path d="M{x(tick):.1f} {top - 6}V{bottom}" stroke="#808890" stroke-opacity=".3"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{bottom + 18}" text-anchor="middle" font-size="11">{nanos(tick)}</text>')
        tick *= 10
    without_stack = {"track_errors, trail", "tracing::instrument(err)", "tracing::error!", "slog-json", "log + env_logger",
                     "emit", "fastrace"}
    for at, (peer, value) in enumerate(zip(peers, values)):
        y, ours = top + row * at, peer in OURS
        colour, weight = ("#d9622b", ' font-weight="600"') if ours else ("#5b84b1", "")
        opacity = ".5" if peer in without_stack else "1"
        parts.append(f'<text x="{left - 10}" y="{y + 16}" text-anchor="end"{weight}>{escape(peer)}</text>')
        parts.append(f'<rect x="{left}" y="{y + 3}" width="{x(value) - left:.1f}" height="{row - 8}" rx="2" fill="{colour}" fill-opacity="{opacity}"/>')
        parts.append(f'<text x="{x(value) + 6:.1f}" y="{y + 16}"{weight}>{nanos(value)}</text>')
    c = n.conditions
    parts.append(f'<text x="10" y="{bottom + 38}" font-size="11">{escape(c["cpu"])}, {escape(c["rustc"].split(" (")[0])}, {c["date"]}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


