"""`manage.py hawk_request`: the client's command hawk-request."""

from dss_web.client.data_store import request_command
from dss_web.client.management.client_command import ClientCommand


class Command(ClientCommand):
    """hawk-request."""

    module = request_command
