"""What the management commands do, for whole tables.

A command chooses what to go through (`selection`), looks at every row (`scanning`), acts where a
thumbnail is due (`bulk`) and tells what came of it (`reporting`, `progress`); `base` holds the
options and the order of these steps. What engines can do here is found out by `advthumb.diagnosis`.
"""
