"""One folder per ERP: the folder is the catalogue."""
