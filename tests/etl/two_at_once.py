"""Processes that approve batches at the same moment: ``python -m tests.etl.two_at_once URL BATCH BATCH``.

Prints what became of each: published, or the name of the error.
"""

from __future__ import annotations

import os
import sys

from etl import staging
from warehouse.engine import open_engine
from warehouse.errors import DabiaoError


def approve(url: str, batch: int, start: int) -> str:
    engine = open_engine(url)
    os.read(start, 1)
    try:
        return staging.approve(engine, batch, who=f"user:{batch}").state
    except DabiaoError as error:
        return type(error).__name__


def main() -> None:
    url, batches = sys.argv[1], [int(batch) for batch in sys.argv[2:]]
    start, go = os.pipe()
    answers = []
    for batch in batches:
        answer, say = os.pipe()
        answers.append(answer)
        if os.fork() == 0:
            os.write(say, approve(url, batch, start).encode())
            os._exit(0)
        os.close(say)
    os.write(go, b"!" * len(batches))
    for answer in answers:
        print(os.read(answer, 100).decode())
    for _ in batches:
        os.wait()


if __name__ == "__main__":
    main()
