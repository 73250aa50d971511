"""Dabiao beside a plain Dash app and beside a floor: the same three views, data, machine and run.

``python -m bench`` prints the comparison, ``python -m bench.profiling`` where Dabiao's own time goes.
"""
