"""Runs the workers of ``mnemo index --engine ray`` on a Ray cluster.

``python -m mnemo_index.ray`` is the driver that the program starts. It speaks frames over standard input and output
(``crates/workers/src/engine.rs`` in the sources): it places one actor for each worker, carries frames between the run and the
actors, and says what was lost. It decides nothing about files; the run does.

``index`` starts such a run from Python.
"""

from __future__ import annotations

import collections
import json
import logging
import os
import queue
import shutil
import socket
import struct
import subprocess
import sys
import sysconfig
import threading
import time
import zlib
from typing import Any, BinaryIO, Deque, Dict, List, Optional, Sequence, Tuple, Union

# -- frames -----------------------------------------------------------------------------------------------------------------

MAGIC = b"mnw1"
# As texts: what goes to nodes by value has to be what can be pickled.
HEADER = "<4sB3xII"
HEADER_BYTES = struct.calcsize(HEADER)
ADDRESS = "<IQ"
ADDRESS_BYTES = struct.calcsize(ADDRESS)

OPEN, START, TO, KILL = 65, 66, 67, 68
FROM, LOST, REMARK, FAILED, OPENED = 81, 82, 83, 84, 85


def encode(kind: int, payload: bytes) -> bytes:
    """Return a frame."""
    checksum = zlib.crc32(payload, zlib.crc32(bytes([kind])))
    return struct.pack(HEADER, MAGIC, kind, len(payload), checksum) + payload


def read_exactly(stream: BinaryIO, n_bytes: int) -> Optional[bytes]:
    """Return so many bytes, or nothing where the stream ends before."""
    parts = []
    while n_bytes:
        part = stream.read(n_bytes)
        if not part:
            return None
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)


def read_frame(stream: BinaryIO) -> Optional[Tuple[int, bytes]]:
    """Return the kind and the payload of the next frame; nothing at the end of the stream, or where no frame comes."""
    header = read_exactly(stream, HEADER_BYTES)
    if header is None:
        return None
    magic, kind, n_bytes, checksum = struct.unpack(HEADER, header)
    payload = read_exactly(stream, n_bytes)
    if magic != MAGIC or payload is None:
        return None
    if zlib.crc32(payload, zlib.crc32(bytes([kind]))) != checksum:
        return None
    return kind, payload


# -- what runs in the cluster -----------------------------------------------------------------------------------------------


class MnemoWorker:
    """Holds one worker at a time on the machine where Ray placed it; an actor of Ray.

    The worker is a process of its own, confined like any worker, and dies with the process of this actor: the kernel kills it
    (parent-death signal), and its input ends.
    """

    #: Bytes that are returned together at most.
    BATCH_BYTES = 8 << 20
    #: How long what was said waits for more, and how much is enough: a way through Ray costs as much as some small files, so they share it.
    #: That is what a worker says of some sixteen files, a quarter of those that it has in reserve.
    LINGER_SECONDS = 0.1
    LINGER_BYTES = 4096

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self._command = [self._find(program), *arguments]
        self._serial = -1
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._said: Deque[bytes] = collections.deque()
        self._has_ended = True
        self._changed = threading.Condition()

    @staticmethod
    def _find(program: str) -> str:
        # By value in the cluster, so that a node needs the program and no module.
        beside = [os.path.join(sysconfig.get_path("scripts"), "mnemo"), os.path.join(os.path.dirname(sys.executable), "mnemo")]
        for candidate in [os.environ.get("MNEMO_PROGRAM", ""), program, *beside, shutil.which("mnemo") or ""]:
            if candidate and os.access(candidate, os.X_OK):
                return candidate
        raise FileNotFoundError(f"no program mnemo on {socket.gethostname()}: pip install mnemo-index, or set MNEMO_PROGRAM")

    def start(self, serial: int, setup: bytes) -> str:
        """Start the process of that serial and tell it ``setup``; return the machine's name."""
        self._end()
        process = subprocess.Popen(  # noqa: S603
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        with self._changed:
            self._serial, self._process, self._has_ended = serial, process, False
            self._said.clear()
        threading.Thread(target=self._read, args=(serial, process), daemon=True).start()
        self.feed(serial, setup)
        return socket.gethostname()

    def feed(self, serial: int, frames: bytes) -> None:
        """Write frames to the process of that serial; one that is gone gets nothing."""
        process = self._process
        if process is None or serial != self._serial or process.stdin is None:
            return
        try:
            process.stdin.write(frames)
            process.stdin.flush()
        except OSError:
            pass  # That it has ended is reported by `drain`.

    def drain(self, serial: int) -> Tuple[bytes, bool]:
        """Wait until the process of that serial has said something, and return it with whether that was all."""
        with self._changed:
            while serial == self._serial and not self._said and not self._has_ended:
                self._changed.wait()

            def is_enough() -> bool:
                n_said = sum(map(len, self._said))
                return serial != self._serial or self._has_ended or n_said >= self.LINGER_BYTES

            self._changed.wait_for(is_enough, self.LINGER_SECONDS)
            if serial != self._serial:
                return b"", True
            parts: List[bytes] = []
            n_bytes = 0
            while self._said and n_bytes < self.BATCH_BYTES:
                parts.append(self._said.popleft())
                n_bytes += len(parts[-1])
            return b"".join(parts), self._has_ended and not self._said

    def _read(self, serial: int, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while True:
            # Where a frame ends is for the run to see.
            said = os.read(process.stdout.fileno(), 1 << 16)
            with self._changed:
                if serial != self._serial:
                    return
                if said:
                    self._said.append(said)
                else:
                    self._has_ended = True
                self._changed.notify_all()
            if not said:
                process.wait()
                return

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # Its worker dies with it.
        process.kill()
        process.wait()


# -- the driver -------------------------------------------------------------------------------------------------------------


class Output:
    """Frames to the run, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def say(self, kind: int, payload: bytes) -> None:
        """Write a frame; a run that is gone hears nothing."""
        with self._lock:
            try:
                self._stream.write(encode(kind, payload))
                self._stream.flush()
            except (OSError, ValueError):
                pass


class Slot:
    """A worker's place in the run's pool: its actor, and the thread that carries what it says."""

    def __init__(self, cluster: "Cluster", worker: int) -> None:
        self._cluster = cluster
        self._worker = worker
        self._actor: Any = None
        self._lock = threading.Lock()
        self._starts: "queue.SimpleQueue[Tuple[int, bytes]]" = queue.SimpleQueue()
        #: The serial that was asked for last, and the one that runs.
        self._wanted = -1
        self.placed = -1
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def is_waiting(self) -> bool:
        """Whether a worker was asked for that Ray has found no room for yet."""
        return self._wanted >= 0 and self.placed != self._wanted

    def start(self, serial: int, setup: bytes) -> None:
        self._wanted = serial
        self._starts.put((serial, setup))

    def feed(self, serial: int, frames: bytes) -> None:
        with self._lock:
            if self._actor is not None and self.placed == serial:
                self._actor.feed.remote(serial, frames)

    def kill(self, serial: int, frames: bytes) -> None:
        """Kill the worker; where there is none yet, give up its place in the queue."""
        with self._lock:
            if self.placed == serial:
                self._actor.feed.remote(serial, frames)
                return
            actor, self._actor, self._wanted = self._actor, None, -1
        if actor is not None:
            self._cluster.ray.kill(actor)

    def _run(self) -> None:
        while True:
            serial, setup = self._starts.get()
            reason = "its place was given up"
            try:
                self._carry(serial, setup)
                reason = "its process is gone"
            except self._cluster.ray.exceptions.RayError as error:
                reason = str(error).strip().splitlines()[0]
            except Exception as error:  # noqa: BLE001
                # Whatever happens in here, the run must hear that the worker is none.
                reason = repr(error)
            with self._lock:
                self.placed = -1
                if self._wanted == serial:
                    self._wanted = -1
            self._cluster.output.say(LOST, struct.pack(ADDRESS, self._worker, serial) + reason.encode())

    def _carry(self, serial: int, setup: bytes) -> None:
        ray = self._cluster.ray
        actor = self._actor_for(serial)
        if actor is None:
            return
        try:
            ray.get(actor.start.remote(serial, setup))
        except ray.exceptions.ActorDiedError:
            # Dead for good, as by `ray kill`: Ray restarts those that fall with a machine.
            with self._lock:
                if self._wanted != serial:
                    return
                self._actor = actor = self._cluster.place(self._worker)
            ray.get(actor.start.remote(serial, setup))
        with self._lock:
            if self._wanted != serial:
                return
            self.placed = serial
        address = struct.pack(ADDRESS, self._worker, serial)
        has_ended = False
        while not has_ended:
            said, has_ended = ray.get(actor.drain.remote(serial))
            if said:
                self._cluster.output.say(FROM, address + said)

    def _actor_for(self, serial: int) -> Any:
        with self._lock:
            if self._wanted != serial:
                return None
            if self._actor is None:
                self._actor = self._cluster.place(self._worker)
            return self._actor


class Cluster:
    """The connection to Ray, and a slot for each worker."""

    #: How long a cluster may take to find room for as many workers as there have to be.
    ROOM_PATIENCE = 120.0
    #: After so long without room the run hears of it.
    ROOM_REMARK = 10.0

    def __init__(self, ray: Any, options: Dict[str, Any], output: Output) -> None:
        self.ray = ray
        self.output = output
        self._options = options
        self._slots: Dict[int, Slot] = {}
        self._run = f"{os.getpid():x}{time.time_ns():x}"
        self._n_placed = 0
        self._actor_class = self._make_actor_class()

    def _make_actor_class(self) -> Any:
        ray = self.ray
        if __name__ != "__main__":
            # By value too: nodes need not have this module.
            ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
        inward, outward = ray.method(concurrency_group="inward"), ray.method(concurrency_group="outward")
        # Waits for an actor that Ray starts again elsewhere, where there may be no room yet.
        restarted = ray.method(concurrency_group="inward", max_task_retries=-1)
        # A copy, so that the class stays what it is without Ray.
        methods = {"start": restarted(MnemoWorker.start), "feed": inward(MnemoWorker.feed), "drain": outward(MnemoWorker.drain)}
        actor = type("MnemoWorker", (MnemoWorker,), methods)
        return ray.remote(
            num_cpus=1,
            max_restarts=-1,
            concurrency_groups={"inward": 1, "outward": 1},
            scheduling_strategy="SPREAD",
        )(actor)

    def n_workers(self) -> int:
        """Return how many workers there are at most: as many as wanted, else one a processor."""
        wanted = self._options["max_workers"]
        return int(wanted) if wanted else max(1, int(self.ray.cluster_resources().get("CPU", 1)))

    def place(self, worker: int) -> Any:
        """Ask Ray for an actor."""
        self._n_placed += 1
        return self._actor_class.options(
            name=f"mnemo worker {worker} of {self._options['repository']} ({self._run}-{self._n_placed})",
            memory=self._options["memory_bytes"],
        ).remote(self._options["program"], self._options["arguments"])

    def serve(self, stdin: BinaryIO) -> None:
        """Do what the run says until it says nothing more."""
        threading.Thread(target=self._watch_room, daemon=True).start()
        while True:
            frame = read_frame(stdin)
            if frame is None:
                return
            kind, payload = frame
            worker, serial = struct.unpack_from(ADDRESS, payload)
            frames = payload[ADDRESS_BYTES:]
            slot = self._slots.get(worker)
            if slot is None:
                slot = self._slots[worker] = Slot(self, worker)
            if kind == START:
                slot.start(serial, frames)
            elif kind == TO:
                slot.feed(serial, frames)
            elif kind == KILL:
                slot.kill(serial, frames)

    def _watch_room(self) -> None:
        least = self._options["min_workers"]
        begun, has_remarked = time.monotonic(), False
        while True:
            time.sleep(0.5)
            slots = list(self._slots.values())
            n_waiting = sum(slot.is_waiting for slot in slots)
            n_placed = sum(slot.placed >= 0 for slot in slots)
            waited = time.monotonic() - begun
            if n_placed >= least and not n_waiting:
                return
            if waited > self.ROOM_REMARK and n_waiting and not has_remarked:
                has_remarked = True
                text = f"{n_waiting} of {len(slots)} workers wait for room in the cluster (a processor each)"
                self.output.say(REMARK, text.encode())
            if waited > self.ROOM_PATIENCE and n_placed < least and n_waiting:
                text = f"the cluster found room for {n_placed} workers within {self.ROOM_PATIENCE:.0f} s, and {least} were asked for at least"
                self.output.say(FAILED, text.encode())
                return
            if waited > self.ROOM_PATIENCE:
                return


def main() -> int:
    """Be the driver of a run: frames over standard input and output."""
    stdin = sys.stdin.buffer
    # What is printed here, by whomever, must not get between the frames.
    output = Output(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    opening = read_frame(stdin)
    if opening is None or opening[0] != OPEN:
        print("mnemo_index.ray is started by mnemo index --engine ray", file=sys.stderr)
        return 2
    try:
        import ray
        import ray.exceptions
    except ImportError:
        text = f"Ray is not installed for {sys.executable}: pip install 'mnemo-index[ray]', or name another Python by MNEMO_PYTHON"
        output.say(FAILED, text.encode())
        return 1
    options = json.loads(opening[1])
    try:
        ray.init(address=options["address"], log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # noqa: BLE001
        where = options["address"] or "on this machine"
        text = f"no Ray cluster answers {where}: {str(error).strip().splitlines()[0]}"
        output.say(FAILED, text.encode())
        return 1
    cluster = Cluster(ray, options, output)
    output.say(OPENED, struct.pack("<I", cluster.n_workers()))
    cluster.serve(stdin)
    # Takes the actors away, and with them the workers.
    ray.shutdown()
    return 0


# -- from Python ------------------------------------------------------------------------------------------------------------


class IndexFailed(RuntimeError):
    """A run that could not be carried to its end; its text is what the program said."""


def index(
    directory: Union[str, "os.PathLike[str]"],
    *,
    database: str,
    repository: Optional[str] = None,
    workers: Union[int, str, None] = None,
    ray_address: Optional[str] = None,
    arguments: Sequence[str] = (),
) -> Dict[str, Any]:
    """Index a tree of this machine with workers on a Ray cluster; return the summary of the run.

    ``workers`` is a number or ``"MIN:MAX"``; ``arguments`` are further arguments of ``mnemo index``. Raises ``IndexFailed``
    where the run does not come to its end.
    """
    from mnemo_index._program import find_program

    command = [find_program(), "index", os.fspath(directory), "--json", "--quiet", "--engine", "ray"]
    if repository is not None:
        command += ["--repository", repository]
    if workers is not None:
        command += ["--workers", str(workers)]
    if ray_address is not None:
        command += ["--ray-address", ray_address]
    # Neither the database's password in a list of processes, nor another Python than this one.
    environment = {**os.environ, "MNEMO_DATABASE": database, "MNEMO_PYTHON": sys.executable}
    done = subprocess.run(  # noqa: S603
        [*command, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False
    )
    try:
        summary = json.loads(done.stdout)
    except ValueError:
        summary = None
    if not isinstance(summary, dict) or "error" in summary:
        raise IndexFailed(done.stderr.decode(errors="replace").strip() or f"exit status {done.returncode}")
    return summary


if __name__ == "__main__":
    sys.exit(main())
