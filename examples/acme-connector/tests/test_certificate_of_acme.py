"""The whole certificate: an ERP made from Acme's spec and samples, and everything that may go wrong with it."""

from acme_connector import CONNECTOR

from pipeline.certificate.plugin import certificate

test_certificate = certificate(CONNECTOR)
