"""Pages of the maps app, one module a family."""
