"""Files to take into the room: the bulletin (通报) in every format, all of one reading."""
