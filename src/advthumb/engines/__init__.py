"""Engines: what turns pixels. `base` is the contract, `registry` chooses by setting.

Nothing here is imported before it is needed, and each imaging library by one module only.
"""
