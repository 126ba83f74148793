"""`manage.py hawk_export`: the client's command hawk-export."""

from dss_web.client.data_store import export_command
from dss_web.client.management.client_command import ClientCommand


class Command(ClientCommand):
    """hawk-export."""

    module = export_command
