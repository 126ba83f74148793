"""Every URL of the project. A view that does not say otherwise is for people who are logged in."""

from django.contrib import admin
from django.urls import include, path

from dss_web.monitoring import metrics, readiness
from dss_web.tables import api, errors

urlpatterns = [
    path("healthcheck/", api.for_clients(api.healthcheck)),
    path("healthcheck", api.for_clients(api.healthcheck)),
    path("readiness/", api.for_clients(readiness.readiness)),
    path("readiness", api.for_clients(readiness.readiness)),
    path("metrics", api.for_clients(metrics.metrics)),
    path("api/v1/", include(api.urlpatterns)),
    path("", include("dss_web.docs.urls")),
    path("", include("dss_web.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("dss_web.uploads.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
