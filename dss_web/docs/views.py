"""/api/docs and the OpenAPI document below it. Both are open to everyone, since they show no data."""

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dss_web.docs import reference
from dss_web.docs.guide import chapters
from dss_web.docs.markdown import to_html
from dss_web.docs.openapi import document
from dss_web.http.request_url import origin


@login_not_required
@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """The guide, and every operation of the document."""
    here = origin(request)
    openapi = document(here)
    context = {
        "chapters": [
            {"name": chapter.name, "title": chapter.title, "html": to_html(chapter.markdown)}
            for chapter in chapters(here)
        ],
        "groups": reference.groups(openapi),
        "replies": reference.replies(openapi),
    }
    return render(request, "docs/page.html", context)


@login_not_required
@require_safe
def show_openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for programs."""
    content = orjson.dumps(document(origin(request)))
    return HttpResponse(content, content_type="application/json")
