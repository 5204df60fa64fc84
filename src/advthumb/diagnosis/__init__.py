"""Engines tried and compared on this machine; no ORM.

`trials` asks each engine what it does and has it do that, `hazards` knows bad versions and programs,
`comparison` renders the same files with every engine, and `sheet` draws them.
"""
