"""The compiled inside of the engine: numbers in arrays, no objects, no Python while they run.

Imported only when something is first compared, because numba takes a third of a second to come in.
"""
