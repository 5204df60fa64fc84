"""The implementation of the management commands, which process whole tables.

A command selects rows (`selection`), checks every row (`scanning`), makes the thumbnails that are due
(`bulk`) and reports the results (`reporting`, `progress`). `base` holds the options and the order of these
steps.
`advthumb.diagnosis` finds out what the engines can do on this machine.
"""
