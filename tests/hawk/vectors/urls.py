"""/resource/1 for GET and POST, by the API's own authentication and error handlers."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from dss_web.api.error_handlers import ERROR_HANDLERS
from dss_web.api.hawk_auth import HawkAuth
from dss_web.urls import handler400, handler403, handler404, handler500  # noqa: F401 Django looks for them here

api = NinjaAPI(openapi_url=None, docs_url=None, urls_namespace="vectors")
for kind, handler in ERROR_HANDLERS.items():
    api.add_exception_handler(kind, handler)


@api.api_operation(["GET", "POST"], "/1", auth=HawkAuth("resource"))
def resource(request: HttpRequest) -> HttpResponse:
    """What was sent."""
    return HttpResponse(request.body, content_type="text/plain")


urlpatterns = [
    path(
        "resource/",
        include(
            [
                URLPattern(each.pattern, csrf_exempt(login_not_required(each.callback)))
                for each in api.urls[0]
                if isinstance(each, URLPattern) and each.name != "api-root"
            ]
        ),
    ),
    path("", include("dss_web.urls")),
]
