"""Getting records out of ERPs."""
