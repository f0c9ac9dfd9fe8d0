"""Raw pages into domain pages: mapping, field rules, validation. Pure: no I/O, no clock; imports schemas
only.
"""
