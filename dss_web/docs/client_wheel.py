"""The Python client, for `pip install`: what the documentation of this installation describes."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dss_web.client.wheel import build_wheel


@login_not_required
@require_safe
def send_wheel(request: HttpRequest, name: str) -> HttpResponse:
    """The wheel by its file's name, without which pip takes none. Open to everyone, as the documentation is."""
    wheel = build_wheel()
    if name != wheel.name:
        raise Http404
    return HttpResponse(
        wheel.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{wheel.name}"'},
    )
