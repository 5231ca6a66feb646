"""Sections of docs/benchmarks.md whose module, beside this file, measures and writes them.

    measure(run)        runs programs, which are built, with `run.call`, and returns numbers that JSON can keep
    section(numbers)    returns the section's text, from these numbers; may write pictures to docs/
    aims(numbers)       optional: returns cells of the table of aims, by the row's key: (what is now, met or not)
"""

import importlib
from pathlib import Path

SECTIONS = {
    name: importlib.import_module(name) for name in ["growth"] if Path(__file__).with_name(f"{name}.py").exists()
}
