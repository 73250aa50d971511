"""Warehouse → people: pages, figures, exports."""
