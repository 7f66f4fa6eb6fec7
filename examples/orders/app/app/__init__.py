"""A stand-in for the orders API: the paths, jobs, readiness rules and faults of the real one."""
