"""What runs inside Tryton's own environment: creating a database, filling it, serving it."""
