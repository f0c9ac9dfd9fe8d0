"""Entities into changes, books and topics. Decisions are pure: no I/O, no clock; imports schemas only."""
