"""The star schema and what its numbers mean: the hinge between etl and dashboard."""
