"""Every URL of the project. A view that does not say otherwise is for people who are logged in."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from dss_web.http import errors
from dss_web.http.client_views import for_clients
from dss_web.monitoring import metrics, readiness
from dss_web.monitoring.healthcheck import healthcheck

urlpatterns = [
    path("healthcheck/", for_clients(healthcheck)),
    path("healthcheck", for_clients(healthcheck)),
    path("readiness/", for_clients(readiness.readiness)),
    path("readiness", for_clients(readiness.readiness)),
    path("metrics", for_clients(metrics.metrics)),
    path("api/v1/", include("dss_web.api.urls")),
    path("", include("dss_web.docs.urls")),
    path("", include("dss_web.frame.urls")),
    path("", include("dss_web.accounts.urls")),
    # The admin's lists of HAWK clients were below registry/ up to 0.2.
    re_path(
        "^admin/registry/(?P<page>hawkclient/.*)",
        RedirectView.as_view(url="/admin/hawk/%(page)s", query_string=True),
    ),
    path("admin/", admin.site.urls),
    path("", include("dss_web.mail.urls")),
    path("", include("dss_web.subscriptions.urls")),
    path("", include("dss_web.catalogue.urls")),
    path("", include("dss_web.uploads.urls")),
    path("", include("dss_web.arrivals.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
