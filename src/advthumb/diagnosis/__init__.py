"""Tries and compares the engines on this machine, without the ORM.

`trials` lists what each engine claims to do and tries it. `hazards` knows bad versions and dangerous
programs. `comparison` renders the same files with every engine, and `sheet` draws the results.
"""
