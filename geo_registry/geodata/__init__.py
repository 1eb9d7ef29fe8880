"""Files in, rows out: readers, co-ordinates, geometry. Knows no Django."""
