"""Ground truth by hand: roads, boundaries, built-up areas, hamlets and points drawn and corrected on the map."""
