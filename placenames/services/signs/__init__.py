"""Signs: what must stand where, the inventory, what was seen on site, and what is to be done."""
