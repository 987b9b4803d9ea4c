"""Files: find them, read them piece by piece, plan all results before the first is written, write each atomically."""
