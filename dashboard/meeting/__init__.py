"""会议: the agenda a meeting goes through, made from the data; what is decided there, and who is reminded."""
