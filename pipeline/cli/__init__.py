"""The command line: one program, ``erpflow``. Commands parse, call, and show; what they call is elsewhere."""
