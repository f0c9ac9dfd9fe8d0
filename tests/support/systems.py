"""The systems that erpflow itself can read, in the order of its lists."""

OWN = ["business-central", "erpnext", "fortnox", "odoo", "poweroffice", "tripletex", "tryton", "visma-net"]
