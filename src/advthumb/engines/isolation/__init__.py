"""Run any engine in separate processes, so that no picture can crash or block this process.

`engine` has the engine that sends the work, and `sealed` the one that uses only sealed processes. `pool`
manages the processes; `processes` starts, times and ends one. `serving` runs inside a process, within the
limit of `memory`. `seal` and `seccomp` remove the rights that it does not need, and `wire` is the protocol
between both sides.
"""

from .engine import MAX_PICTURES, MEMORY, TIMEOUT, IsolatedEngine
from .sealed import SealedEngine

__all__ = ["MAX_PICTURES", "MEMORY", "TIMEOUT", "IsolatedEngine", "SealedEngine"]
