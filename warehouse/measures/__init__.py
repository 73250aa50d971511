"""What the numbers mean: pure functions over decimals, no I/O.

One question, one module: where is 'slipping' decided? In ``status``. What share of a target
should be reached by now? In ``pace``. Everything imports only the standard library.
"""
