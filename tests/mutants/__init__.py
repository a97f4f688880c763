"""Random mutants of the core: what its tests would notice if a line were wrong."""
