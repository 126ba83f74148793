"""Who may see the Dagster UI: what the proxy in front of it asks with each request (nginx's `auth_request`).

204 lets the request through, with a pass for the Dagster UI; 401 sends the person to the login; 403 shows them why not.
A person costs two queries, the session and their row. See infra/nginx/data-store-service/dagster-ui.conf.template.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dss_web.accounts import recheck, sso
from dss_web.shared import dagster_pass
from dss_web.shared.dagster_pass import DagsterRole


@login_not_required
@never_cache
@require_safe
def authorise(request: HttpRequest) -> HttpResponse:
    """Whether the person may see the Dagster UI: 204 with their pass, 401 with the address of the login, or 403.

    404 without DSS_DAGSTER_UI_KEY, and 503 while SSO has been out of reach for too long.
    """
    key = settings.DSS.dss_dagster_ui_key
    if not key:
        return HttpResponse(status=404)
    if request.user.is_authenticated:
        try:
            recheck.keep_current(request)
        except recheck.SessionOver:
            auth.logout(request)
        except sso.SsoFailed:
            return HttpResponse(status=503)
    if not request.user.is_authenticated:
        return HttpResponse(status=401, headers={"X-DSS-Login": _login_url(request)})
    person = request.user
    role = person.dagster_role
    if role == DagsterRole.NONE:
        return HttpResponse(status=403)
    # The person's id at SSO, for the proxy's log.
    return HttpResponse(
        status=204, headers={dagster_pass.HEADER: dagster_pass.issue(key, role), "X-DSS-User": person.user_id}
    )


@login_not_required
@require_safe
def refused(request: HttpRequest) -> HttpResponse:
    """The page that the proxy shows to people without a role in the Dagster UI."""
    return render(request, "accounts/no_dagster_ui.html", status=403)


def _login_url(request: HttpRequest) -> str:
    """The login, from which the person comes back to the page of the Dagster UI that they asked for."""
    # The proxy says what that was. What a script asked for is no page to come back to.
    asked = request.headers.get("X-Original-URI", "")
    is_page = asked.startswith(settings.DSS.dss_dagster_ui_path) and "/graphql" not in asked
    target = asked if is_page else settings.DSS.dss_dagster_ui_path
    return f"{reverse('login')}?{urlencode({'next': target})}"
