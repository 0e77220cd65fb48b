"""A Ray cluster of three nodes on this machine; does what it reads, a word a line, and answers each with a line."""

import os
import sys

import ray
from ray.cluster_utils import Cluster
from ray.util import list_named_actors

# Ray prints what it thinks of lost nodes, and that is no answer.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

NODE = {"num_cpus": 1, "object_store_memory": 100 << 20}

cluster = Cluster(initialize_head=True, head_node_args=NODE)
nodes = [cluster.add_node(**NODE) for _ in range(2)]
cluster.wait_for_nodes()
ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
print(cluster.address, file=answers, flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == "remove":
        cluster.remove_node(nodes.pop(), allow_graceful=False)
    elif word == "add":
        nodes.append(cluster.add_node(**NODE))
    elif word == "kill":
        actors = list_named_actors(all_namespaces=True)
        ours = [actor for actor in actors if actor["name"].startswith("mnemo worker")]
        for actor in ours[:1]:
            try:
                ray.kill(ray.get_actor(actor["name"], namespace=actor["namespace"]))
            except ValueError:
                pass  # It went by itself meanwhile.
    print("done", file=answers, flush=True)
ray.shutdown()
cluster.shutdown()
