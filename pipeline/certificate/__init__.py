"""The certificate: what every connector must prove, tried on an ERP made from its own spec and samples."""
