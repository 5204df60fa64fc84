"""The contract suite for engines: `suite` has the class to subclass, and each clause is a module of tests.

`watch` renders hostile files in a separate process (`child`), and `rendering` makes thumbnails as a field
does.
"""
