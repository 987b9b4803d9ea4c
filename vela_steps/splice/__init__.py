"""Text edits: put steps in, take them out, prove that nothing else changed."""
