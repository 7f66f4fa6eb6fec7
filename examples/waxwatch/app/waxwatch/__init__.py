"""A stand-in for WaxWatch: the paths, processes, readiness rules and faults of the real one."""
