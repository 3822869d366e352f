"""The embedded PostgreSQL cluster: started as our child on a private socket, gone when we are."""

from forum.postgres.binaries import Binaries, find_binaries
from forum.postgres.cluster import Cluster, running, start, temporary

__all__ = ["Binaries", "Cluster", "find_binaries", "running", "start", "temporary"]
