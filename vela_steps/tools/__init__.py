"""External programs, each behind one small wrapper over `run`."""
