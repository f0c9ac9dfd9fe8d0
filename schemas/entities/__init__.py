"""The common model: what a record of any ERP means. One file per family; ``ENTITIES`` has all by name."""

from schemas.entities.catalogue import ENTITIES, field_names, required_fields, sensitive_fields
from schemas.entities.common import Entity

__all__ = ["ENTITIES", "Entity", "field_names", "required_fields", "sensitive_fields"]
