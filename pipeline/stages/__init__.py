"""What each worker does with one message: poll, transform, distribute; and the loops that finish up: close, relay."""
