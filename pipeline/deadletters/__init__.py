"""The dead-letter desk: failed records and messages are kept, grouped by cause, rehearsed, edited and replayed."""
