"""What gunicorn serves: `dss_web.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from dss_web.configuration import web_settings
from dss_web.tracing import start_tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dss_web.settings")

start_tracing(web_settings().otel_exporter_otlp_endpoint, web_settings().dss_build)
application = get_wsgi_application()
