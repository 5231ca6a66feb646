"""Sections of docs/benchmarks.md whose module, beside this file, measures and writes them.

    measure(run)        runs programs, which are built, with `run.call`, and returns numbers that JSON can keep
    section(numbers)    returns the section's text, from these numbers; may write pictures to docs/
    aims(numbers)       optional: returns cells of the table of aims, by the row's key: (what is now, met or not)
"""

import growth

SECTIONS = {"growth": growth}
