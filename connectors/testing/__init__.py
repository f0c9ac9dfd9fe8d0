"""An ERP made from a connector's spec and samples, to try it on: what it answers is known, and may go wrong."""
