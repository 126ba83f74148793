"""What gunicorn serves: `dss_web.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dss_web.settings")

application = get_wsgi_application()
