"""Calls the command line in this process, as the shell would: arguments in; exit code and what was printed out.

As a program it calls several commands, each an argument, over a state folder, and prints as JSON what they printed.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from fs_pipeline.cli import main
from fs_pipeline.ledger.catalogue import Catalogue
from fs_pipeline.ledger.family_safeguarding import family_safeguarding


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def fs_pipeline(home: Path, *arguments: str, catalogue: Callable[[], Catalogue] = family_safeguarding) -> Ended:
    """Runs `fs-pipeline` with the arguments over a state folder, with the toolkit's catalogue or another one."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("FS_PIPELINE_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        patch.setattr(sys, "argv", ["fs-pipeline", *arguments])
        try:
            main(catalogue)
        except SystemExit as leave:
            code = leave.code
    assert code is None or isinstance(code, int)
    return Ended(code or 0, out.getvalue(), err.getvalue())


def _several(home: Path, *commands: str) -> None:
    ended = [fs_pipeline(home, *command.split()) for command in commands]
    if failed := [each.err for each in ended if each.code]:
        sys.exit("".join(failed))
    sys.stdout.write(json.dumps([each.out for each in ended]))


if __name__ == "__main__":
    _several(Path(sys.argv[1]), *sys.argv[2:])
