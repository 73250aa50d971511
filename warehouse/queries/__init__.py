"""Reads. Every query takes a Scope first and returns typed rows; none knows Dash or Plotly."""
