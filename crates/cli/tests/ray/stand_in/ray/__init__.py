"""Stands in for Ray where it is not installed: actors are objects of this process, each concurrency group of one a thread.

Just what the driver uses; the long test runs the driver on Ray itself.
"""

import os
from concurrent.futures import ThreadPoolExecutor

from . import exceptions


def init(**_options):
    pass


def shutdown():
    pass


def cluster_resources():
    return {"CPU": float(os.environ.get("RAY_STAND_IN_PROCESSORS", "2"))}


def method(concurrency_group, **_options):
    def mark(function):
        function.concurrency_group = concurrency_group
        return function

    return mark


def remote(concurrency_groups, **_options):
    return lambda kind: ActorClass(kind, concurrency_groups)


class ActorClass:
    def __init__(self, kind, groups):
        self.kind, self.groups = kind, groups

    def options(self, **_options):
        return self

    def remote(self, *arguments):
        return Handle(self.kind(*arguments), self.groups)


class Handle:
    def __init__(self, actor, groups):
        self._actor, self._is_dead = actor, False
        self._threads = {name: ThreadPoolExecutor(n) for name, n in groups.items()}

    def __getattr__(self, name):
        return Call(self, getattr(self._actor, name))


class Call:
    def __init__(self, handle, function):
        self.handle, self.function = handle, function

    def remote(self, *arguments):
        if self.handle._is_dead:
            raise exceptions.ActorDiedError("the actor was killed")
        threads = self.handle._threads[self.function.concurrency_group]
        return threads.submit(self.function, *arguments)


def get(future):
    return future.result()


def kill(handle):
    handle._is_dead = True
