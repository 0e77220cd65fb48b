-- Nobody asks for edges by their target: a graph is read whole. To keep the index cost more than to write the edges.
DROP INDEX mnemo.edges_by_target;
