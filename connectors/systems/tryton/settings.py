"""What a connection to Tryton is given."""

from __future__ import annotations

from connectors.spec import SettingSpec

SETTINGS = (
    SettingSpec(name="base_url", description="Address of the server, such as https://erp.example.com."),
    SettingSpec(name="database", description="Name of the database."),
    SettingSpec(name="dialect", description="rest (8.2), rpc (7.0, 8.2) or auto.", default="auto"),
    SettingSpec(
        name="customer_categories",
        description="Names of the party categories that make a customer, separated by commas.",
        default="Customer",
    ),
    SettingSpec(
        name="supplier_categories",
        description="Names of the party categories that make a supplier, separated by commas.",
        default="Supplier",
    ),
    SettingSpec(name="key", description="Key of a user application for REST.", secret=True, required=False),
    SettingSpec(name="user", description="Login for JSON-RPC.", secret=True, required=False),
    SettingSpec(name="password", description="Password for JSON-RPC.", secret=True, required=False),
)
