#!/usr/bin/env python
"""A module with a bit of everything."""
from __future__ import annotations

import os.path as path, sys
from typing import (
    TYPE_CHECKING,
    Generic, TypeVar,
)

if TYPE_CHECKING:
    from .other import Other

T = TypeVar("T", bound="Base")
LIMIT: int = 10  # how many
é = {"ключ": 1, **{}}


class Base(Generic[T]):
    """The base.

    At length: 😀.
    """

    count = 0
    items: "list[Other]" = []

    def __init__(self, *args: int, name="a", **kwargs) -> None:
        # Kept for later.
        self.name, (self.first, *self.rest) = name, args
        self.total = sum(x for x in args if x > 0 and (y := x) != 2)

    @property
    def size(self) -> int:
        return len(self.items)

    @size.setter
    def size(self, to): pass

    async def run(self, other: Other | None = None):
        async with self.lock as lock, open("f") as f:
            async for line in f:
                await lock(line)
        try:
            yield other
        except (ValueError, TypeError) as error:
            raise RuntimeError(f"{self.name!r:>{LIMIT}} {error}") from error
        else:
            return
        finally:
            del self.name


@decorator(lambda x, *, y=1: x + y)
def match_it(value, /, flag=False, *, key):
    global é
    match value:
        case Base(name=str() as name) if flag:
            return name
        case {"a": [first, *_], **rest} | first:
            rest[first:-1:2] = ...
        case _:
            pass
    while flag:
        for i, (a, b) in enumerate(value):
            if a: continue
            elif not b: break
            else: x = a if b else [*value, {k: v for k, v in b}]
        else:
            print(x, sep="""
            long
            """)
    def inner():
        nonlocal x
        x = yield from value
    return inner

type Pair[A, B] = tuple[A, B]
if __name__ == "__main__": sys.exit(match_it(path, key=1))
