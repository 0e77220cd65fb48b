"""Embeds columns of texts, as a step of a pipeline: a callable for ``ray.data.Dataset.map_batches`` and its like.

    from mnemo_index.embedding import Embedder

    dataset.map_batches(Embedder, fn_constructor_kwargs={"column": "body"}, concurrency=8, num_cpus=1)

Each instance has an embedding server of its own (``mnemo serve --embeddings-only``) on loopback, which ends with it, however it ends. Vectors
are those of ``mnemo index`` to the last bit.
"""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import time
from typing import Any, Dict, List, Optional, Sequence

from mnemo_index._program import find_program

#: Texts of a request at most.
TEXTS = 256

#: The server stops when the input of this ends, as it does when the process dies that holds the other end.
KEEPER = 'exec 3<&0; "$@" </dev/null & cat <&3 >/dev/null; kill $! 2>/dev/null; wait'


class EmbeddingFailed(RuntimeError):
    """Texts that could not be embedded; its text is what the program said."""


class Embedder:
    """Adds the vectors of a column of texts to batches, each of which is a mapping from names to columns.

    ``role`` is ``"query"`` or ``"document"`` where the model's own prefix is to stand in front of each text, and nothing where texts are taken as they are.
    ``arguments`` are further arguments of ``mnemo serve``.
    """

    def __init__(
        self,
        column: str = "text",
        into: str = "embedding",
        *,
        model: Optional[str] = None,
        role: Optional[str] = None,
        threads: int = 1,
        arguments: Sequence[str] = (),
    ) -> None:
        self._column, self._into, self._role = column, into, role
        command = [find_program(), "serve", "--embeddings-only", "--listen", "127.0.0.1:0", "--threads", str(threads)]
        if model is not None:
            command += ["--models", model]
        self._server = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", KEEPER, "sh", *command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._address = self._listening()

    def _listening(self) -> str:
        assert self._server.stderr is not None
        said = []
        for line in self._server.stderr:
            if line.startswith("listening at http://"):
                # The rest is short, so that nobody has to read it.
                return line[len("listening at http://") :].strip().rstrip("/")
            said.append(line)
            # Where the program has ended, the keeper waits for us.
            if line.startswith("error:"):
                break
        self.close()
        raise EmbeddingFailed("".join(said).strip() or "mnemo serve did not start")

    def __call__(self, batch: Dict[str, Any]) -> Dict[str, Any]:
        """Return the batch with one more column: a vector, as a list of numbers, for each text."""
        texts = [str(text) for text in batch[self._column]]
        vectors: List[List[float]] = []
        for start in range(0, len(texts), TEXTS):
            vectors += self._embed(texts[start : start + TEXTS])
        return {**batch, self._into: vectors}

    def _embed(self, texts: List[str]) -> List[List[float]]:
        asked: Dict[str, Any] = {"input": texts, "encoding_format": "base64"}
        if self._role is not None:
            asked["input_type"] = self._role
        while True:
            connection = http.client.HTTPConnection(self._address, timeout=600)
            try:
                connection.request("POST", "/v1/embeddings", json.dumps(asked))
                answer = connection.getresponse()
                body = answer.read()
            finally:
                connection.close()
            if answer.status != 429:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        if answer.status != 200:
            raise EmbeddingFailed(body.decode(errors="replace"))
        return [numbers(row["embedding"]) for row in json.loads(body)["data"]]

    def close(self) -> None:
        """End the server."""
        if self._server.stdin is not None:
            self._server.stdin.close()
        self._server.wait()
        if self._server.stderr is not None:
            self._server.stderr.close()

    def __del__(self) -> None:
        if hasattr(self, "_server") and self._server.poll() is None:
            self.close()


def numbers(text: str) -> List[float]:
    """Return the 32-bit floats, lowest byte first, that a text holds in base64."""
    return memoryview(base64.b64decode(text)).cast("f").tolist()
