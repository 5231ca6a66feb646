#!/usr/bin/env python3
"""Writes the same lines through the log file handler of the real ddtrace, and prints what it did.

    python3 -m venv venv && venv/bin/pip install ddtrace
    venv/bin/python observe.py > ../../runtime/src/diagnostics/golden/ddtrace_handler.tsv

The table is what `runtime/src/diagnostics/file.rs` compares its own file with, step by step: after each
step the bytes of the file and of its backup, and the number of the first line in each. Lines are
numbered, and filled up with a character.
"""

import logging
import pathlib
import sys
import tempfile

import ddtrace
from ddtrace._logger import _add_file_handler

# What is written, and when the process is started anew. A line is `NNN`, then so many characters.
ASCII, UMLAUT, CJK = "a", "\u00fc", "\u6f22"
PLANS = [
    # Fills up to one byte below the limit, then reaches it exactly, then is one above.
    (100, [("write", 45, ASCII), ("write", 46, ASCII), ("write", 0, ASCII), ("write", 45, ASCII),
           ("write", 47, ASCII), ("write", 46, ASCII), ("write", 48, ASCII)]),
    # Many short lines: two rotations and more, so that a backup is replaced.
    (100, [("write", 6, ASCII)] * 40),
    # A restart appends, and rotates a file that has become full meanwhile.
    (100, [("write", 40, ASCII), ("restart", 0, ""), ("write", 40, ASCII), ("restart", 0, ""),
           ("write", 40, ASCII), ("restart", 0, ""), ("write", 5, ASCII)]),
    # A line that is longer than the limit, in a file that is not empty.
    (100, [("write", 5, ASCII), ("write", 300, ASCII), ("write", 5, ASCII), ("write", 300, ASCII),
           ("restart", 0, ""), ("write", 5, ASCII)]),
    # Characters of two and of three bytes: the line to come is counted in characters.
    (100, [("write", 30, UMLAUT), ("write", 30, UMLAUT), ("write", 10, UMLAUT),
           ("write", 30, CJK), ("write", 5, CJK), ("write", 30, CJK), ("write", 20, ASCII)]),
    # No limit: no rotation.
    (0, [("write", 90, ASCII)] * 5),
]


def handler(path, limit):
    # Above `debug`, at which ddtrace itself writes where its logs go.
    logger = logging.Logger("observed", logging.INFO)
    formatter = logging.Formatter("%(message)s")
    return logger, _add_file_handler(logger, str(path), logging.DEBUG, None, limit, formatter)


def described(path):
    if not path.exists():
        return "-", "-"
    text = path.read_text(encoding="utf-8")
    return str(path.stat().st_size), text[:3] or "-"


def main():
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"# ddtrace {ddtrace.__version__}, Python {python}; made by tests/ddtrace/observe.py")
    print("# plan\tlimit\tdo\tcharacters\tfill\tfile bytes\tfirst line\tbackup bytes\tfirst line")
    for number, (limit, steps) in enumerate(PLANS):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "observed.log")
            logger, current = handler(path, limit)
            lines = 0
            for do, count, fill in steps:
                if do == "restart":
                    current.close()
                    logger, current = handler(path, limit)
                else:
                    logger.info(f"{lines:03}" + fill * count)
                    lines += 1
                backup = path.with_name("observed.log.1")
                columns = [number, limit, do, count, fill, *described(path), *described(backup)]
                print("\t".join(map(str, columns)))
            current.close()


if __name__ == "__main__":
    main()
