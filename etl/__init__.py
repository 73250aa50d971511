"""Files → warehouse: extract → validate → conform → load → publish. ``pipeline`` is the one door."""
