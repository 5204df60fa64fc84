"""Any engine, in processes of its own: whatever a picture does to a library, this process goes on.

`engine` is the engine that asks, `processes` starts, times and ends the processes, `serving` is what runs in
one, sealed where that is wanted, and `wire` is what both sides say to each other.
"""

from .engine import MEMORY, TIMEOUT, IsolatedEngine

__all__ = ["MEMORY", "TIMEOUT", "IsolatedEngine"]
