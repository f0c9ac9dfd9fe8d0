"""How Acme is read: everything that the REST engine needs to know."""

from connectors.auth import HeaderAuth
from connectors.increment import Increment
from connectors.pagination import PageNumbers
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec


def _stream(name: str, entity: str) -> StreamSpec:
    return StreamSpec(
        name=name,
        entities=(entity,),
        resource=f"/api/v1/{name}",
        increment=Increment(field="updated_at", param="modified_after", format="iso-seconds", ordered=True),
        deletes="keys",
        lookup_size=20,
        rest=RestStream(
            records="data",
            record="data",
            lookup=f"/api/v1/{name}/{{key}}",
            params={"sort": "updated_at"},
            keys_params={"fields": "id"},
            newest_params={"sort": "-updated_at"},
        ),
    )


SPEC = ConnectorSpec(
    system="acme",
    title="Acme",
    settings=(
        SettingSpec(name="base_url", description="Address of the Acme server."),
        SettingSpec(name="api_key", description="Key from Acme's settings page.", secret=True),
    ),
    rest=RestApi(auth=HeaderAuth(header="X-Api-Key", value="{api_key}"), pages=PageNumbers()),
    streams=(_stream("customers", "customer"), _stream("jobs", "project"), _stream("hours", "time_entry")),
)
