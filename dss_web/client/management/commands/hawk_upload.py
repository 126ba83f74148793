"""`manage.py hawk_upload`: the client's command hawk-upload."""

from dss_web.client.data_store import upload_command
from dss_web.client.management.client_command import ClientCommand


class Command(ClientCommand):
    """hawk-upload."""

    module = upload_command
