"""Figures: rows → plain Plotly dictionaries, each with the sentence that says what it shows.

Pure: no database, no Dash. Plain dictionaries, because building ``go.Figure`` in a request costs
more than everything else it does (bench/).
"""
