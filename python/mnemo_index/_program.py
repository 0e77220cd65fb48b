"""Finds the program that the wheel brings."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

#: Names the program where it is none of the usual places.
VARIABLE = "MNEMO_PROGRAM"


def find_program() -> str:
    """Return the path of ``mnemo``: the variable ``MNEMO_PROGRAM``, else that of this Python, else that of ``PATH``.

    Raises ``FileNotFoundError`` where there is none.
    """
    named = os.environ.get(VARIABLE)
    candidates = [Path(named)] if named else []
    candidates.append(Path(sysconfig.get_path("scripts"), "mnemo"))
    candidates.append(Path(sys.executable).with_name("mnemo"))
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which("mnemo")
    if found is None:
        raise FileNotFoundError(
            f"there is no program mnemo for {sys.executable}; install mnemo-index, or name it by {VARIABLE}"
        )
    return found
