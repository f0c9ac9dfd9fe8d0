"""Passes: stored pages, or some records of them, through the mapping once more, with no call to any ERP."""
