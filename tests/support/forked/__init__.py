"""``erpflow`` as a process of its own, forked from one that has imported it: imports take longer than most commands.

A command has its own arguments, environment, folder, files and end, as one that was started; only the imports are
shared. ``server`` forks, ``client`` asks it to, ``commands`` is what tests use.
"""
