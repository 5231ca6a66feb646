"""The table of aims: what the failing path cost when its work began, what it should cost, and what it costs now."""

from sections import SECTIONS

# The reason why an aim is missed and what was tried, by the key of its row: a sentence or two. A missed row needs one.
REASONS = {
    "bursts": "The steady part is within its aim. What a burst adds is cold: code and tables that 120 ms of other work "
    "have put out of the caches, and memory of records that the worker's core used last. The worker need not be woken any "
    "more, nothing is allocated but the message, and the walk is compared and not made. A timestamp by the kernel's ticks "
    "would save 20 ns, and be wrong by up to 4 ms.",
    "trail": "The same. Of the instructions without a stack, a fifth are the error's own `Display` and `Debug`; the rest "
    "is spread over thirty functions of 30 to 250 instructions each. The variant cannot be kept by type and "
    "discriminant: a `Debug` may show something else for each value.",
    "worker": "A record takes less processor time than a plain `serde_json` writer of the same line, which does not reach the "
    "aim on this machine either (see *The worker*). What is left is the copy of the stack, the escapes, and seven "
    "allocations for what a hook may edit.",
    "worker to a file": "As above; the rest is the kernel's write.",
    "stacks": "There is no cliff any more (18 µs against 3.8 was 4.7×), but texts of stacks have 4 MiB, some 1,500 of "
    "this length. Another one is put together from the lines of its addresses, which takes 3.6 µs: not tried is to share "
    "the outer part of stacks that differ at the tip.",
    "compile time": "Of what the compiler checks, bodies of functions, closures and constants, there are 12,240 in place of "
    "14,791 (7,844 without the attribute). Most of the rest is the attribute itself, whose parser `syn` is not optimised "
    "in a debug build. What describes an error was tried without a closure (11,141 bodies), and taken back: a function "
    "that returns no `Result` then had three messages in place of one.",
    "code": "The same change took 64 bytes less for the first `?`. A site's rare keys behind one pointer were not tried.",
}

REFERENCE = "tracing::instrument(err)"


def rows(n):
    """Key, what, before, aim, now, and whether it is met (`None`: not measured)."""

    def ratio(what, peer, aim):
        value = round(n.get(f"{what}/{peer}/ratio"), 2)
        return f"{value:.2f}×", value <= aim

    def rate(target, aim):
        value = 1e9 / n.get(f"worker_{target}/track_errors/ns")
        return f"{value:,.0f} a second", value >= aim

    yield "steady", "`Err`, full stack of 30 frames, steady", "0.43×", "0.25×", *ratio("steady", "track_errors", 0.25)
    now, met = ratio("bursts", "track_errors", 0.30)
    stretch = n.get("bursts/track_errors/ratio") <= 0.2
    yield "bursts", "the same in bursts of 300 after 120 ms", "0.6–0.7×", "0.30×, stretch 0.2×", now, \
        "stretch" if stretch else met
    yield "trail", "`trail` in bursts", "0.43×", "0.2×", *ratio("bursts", "track_errors, trail", 0.2)

    allocations = round(n.get("allocations/track_errors/count"), 1)
    yield "allocations", "allocations of an `Err`", "3", "1", f"{allocations:.1f}", allocations <= 1

    yield "worker", "worker, full stacks, to /dev/null", "270,000 a second", "600,000", *rate("null", 600_000)
    yield "worker to a file", "worker, full stacks, to a file", "143,000 a second", "350,000", *rate("file", 350_000)

    of_sections = {}
    for name, module in SECTIONS.items():
        if hasattr(module, "aims") and n.get(name):
            of_sections |= module.aims(n.get(name))
    other = lambda key: of_sections.get(key, ("–", None))

    yield "stacks", "10,000 distinct stacks, to the sink", "18 µs (1,000: 3.8 µs)", "at most 1.5× of 1,000", \
        *other("stacks")

    # With all peers and their debug info, and small.
    idle = [n.get("memory/track_errors/idle") / 2**20]
    shown = f"{idle[0]:.0f} MiB"
    if large := (n.get("growth") or {}).get("large"):
        idle.append(large["small"]["idle_bytes"] / 2**20)
        shown += f" ({idle[1]:.0f} in a small program)"
    yield "memory", "memory after the first error, idle again", "42 MiB (22 in a small program)", "12 MiB", shown, \
        round(max(idle)) <= 12

    yield "first", "first error: line on disk", "13–27 ms in a program of 12 MB", \
        "measured with 200 MB; the calling thread never waits for it", *other("first")

    seconds = n.get("compile_time")["seconds"]
    times = {name: round(spent / seconds["plain"], 2) for name, spent in seconds.items()}
    yield "compile time", f"`cargo check` of sqlparser with {n.get('compile_time')['functions']:,} functions", \
        "1.45× of plain", "1.25×", f"{times['track_errors']:.2f}× (tracing {times['tracing']:.2f}×)", \
        times["track_errors"] <= 1.25

    one, further, _ = n.code()
    yield "code", "code of a function with one `?`, of each further one", "560, 40 bytes", "400, 32", \
        f"{one:.0f}, {further:.0f} bytes", one <= 400 and further <= 32


def markdown(n, table):
    verdicts = {None: "not measured", False: "missed", True: "met", "stretch": "met, the stretch too"}
    cells, reasons = [], []
    for key, what, before, aim, now, met in rows(n):
        cells.append([what, before, aim, now, verdicts[met]])
        if met is False:
            reasons.append(f"* Missed: {what}. {REASONS.get(key, 'The reason is not known yet.')}")
    text = table(["", "before", "aim", "now", ""], cells)
    return "\n".join([text, "", *reasons]).strip()
