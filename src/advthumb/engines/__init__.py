"""Engines decode, scale and encode pictures. `base` has the contract, `registry` chooses by setting.

Every engine is imported on first use, and only its own modules import its imaging library.
"""
