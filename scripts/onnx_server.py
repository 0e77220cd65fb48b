"""Serves `/v1/embeddings` by ONNX Runtime, for `cargo xtask bench embedding-server` to compare.

    python3 -m pip install numpy tokenizers onnxruntime
    python3 scripts/onnx_server.py MODEL_DIRECTORY GRAPH.onnx THREADS

As many requests as there are threads are computed at once, each on one thread, which for many clients is the fastest way to share cores.
The texts of a request are sorted by length and padded in batches. Prints `listening at http://ADDRESS/` once it does.
"""

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

WINDOW = 256
BATCH = 8


class Model:
    def __init__(self, directory, graph, n_threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(WINDOW)
        self.turns = threading.Semaphore(n_threads)

    def embed(self, texts):
        """Returns the vectors of texts and their tokens."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        vectors = [None] * len(ids)
        for start in range(0, len(ids), BATCH):
            batch = order[start : start + BATCH]
            lengths = np.array([len(ids[index]) for index in batch], dtype=np.int32)
            padded = np.zeros((len(batch), lengths.max()), dtype=np.int64)
            for row, index in enumerate(batch):
                padded[row, : lengths[row]] = ids[index]
            hidden = self.session.run(None, {"input_ids": padded, "lengths": lengths})[0]
            for row, index in enumerate(batch):
                mean = hidden[row, : lengths[row]].mean(axis=0)
                vectors[index] = mean / np.linalg.norm(mean)
        return vectors, sum(map(len, ids))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model = None

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.model.turns:
            vectors, n_tokens = self.model.embed(asked["input"])
        rows = [
            {"index": index, "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode()}
            for index, vector in enumerate(vectors)
        ]
        body = json.dumps({"data": rows, "usage": {"total_tokens": n_tokens}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    directory, graph, n_threads = sys.argv[1:]
    Handler.model = Model(Path(directory), graph, int(n_threads))
    server = Server(("127.0.0.1", 0), Handler)
    print(f"listening at http://127.0.0.1:{server.server_address[1]}/", file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
