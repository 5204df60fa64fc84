"""Any engine, in processes of its own: whatever a picture does to a library, this process goes on.

`engine` is the engine that asks, and `sealed` one that does so in sealed processes only. `pool` has its
processes, `processes` starts, times and ends one, `serving` is what runs in it, within the limit of `memory`,
`seal` and `seccomp` take from it what it does not need, and `wire` is what both sides say to each other.
"""

from .engine import MAX_PICTURES, MEMORY, TIMEOUT, IsolatedEngine
from .sealed import SealedEngine

__all__ = ["MAX_PICTURES", "MEMORY", "TIMEOUT", "IsolatedEngine", "SealedEngine"]
