"""mnemo from Python: where its program is, and runs on a Ray cluster (``mnemo_index.ray``)."""

from mnemo_index._program import find_program

__all__ = ["find_program"]
