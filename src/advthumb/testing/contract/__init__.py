"""The contract suite for engines: `suite` has the class to subclass, and each clause is a module of tests.

`watch` renders hostile files in a process of its own (`child`), and `rendering` does what the field does.
"""
