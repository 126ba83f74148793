"""/api/docs with the pages below it, and /llms.txt.

All are open to everyone. The list of tables has those that the person who is logged in may see.
"""

from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dss_web.accounts.models import User
from dss_web.configuration import web_settings
from dss_web.docs.contents import Contents, contents
from dss_web.docs.guide import GUIDE, GuidePage
from dss_web.docs.openapi import document
from dss_web.docs.plain import llms_txt, markdown_page
from dss_web.docs.search import MOST_CHARACTERS, search
from dss_web.docs.tables import tables_for
from dss_web.http.request_url import origin

_MARKDOWN = "text/markdown; charset=utf-8"
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS")


@login_not_required
@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """What the API is, and every page. What had an anchor while there was only this page has it here, as a link."""
    docs = contents(origin(request))
    return _page(request, docs, "docs/overview.html", introduction=docs.introduction, index=docs.index)


@login_not_required
@require_safe
def show_guide(request: HttpRequest, name: str) -> HttpResponse:
    """A page of the guide."""
    docs = contents(origin(request))
    page = _guide_page(name)
    number = GUIDE.index(page)
    neighbours = {
        "before": GUIDE[number - 1] if number else None,
        "after": GUIDE[number + 1] if number + 1 < len(GUIDE) else None,
    }
    return _page(request, docs, "docs/guide.html", guide=page, chapters=docs.chapters[name], **neighbours)


@login_not_required
@require_safe
def show_markdown(request: HttpRequest, name: str) -> HttpResponse:
    """A page of the guide as Markdown."""
    here = origin(request)
    return HttpResponse(markdown_page(contents(here), here, _guide_page(name)), content_type=_MARKDOWN)


@login_not_required
@require_safe
def show_llms_txt(request: HttpRequest) -> HttpResponse:
    """What programs that read are to read."""
    here = origin(request)
    return HttpResponse(llms_txt(contents(here), here), content_type=_MARKDOWN)


@login_not_required
@require_safe
def show_group(request: HttpRequest, name: str) -> HttpResponse:
    """The operations of a group, each with an example."""
    docs = contents(origin(request))
    if name not in docs.groups:
        raise Http404
    return _page(request, docs, "docs/group.html", group=docs.groups[name])


@login_not_required
@require_safe
def show_responses(request: HttpRequest, name: str) -> HttpResponse:
    """The responses of a page: `responses`, or `errors`."""
    docs = contents(origin(request))
    page = next(page for page in docs.pages["Reference"] if page.path == request.path)
    replies = [reply for reply in docs.replies if reply.page == name]
    return _page(request, docs, "docs/responses.html", page=page, replies=replies)


@login_not_required
@require_safe
def show_search(request: HttpRequest) -> HttpResponse:
    """The sections that have the words of `q`."""
    docs = contents(origin(request))
    question = request.GET.get("q", "").strip()[:MOST_CHARACTERS]
    return _page(request, docs, "docs/search.html", question=question, results=search(docs, question))


@login_not_required
@require_safe
def show_signing(request: HttpRequest) -> HttpResponse:
    """A form whose script signs a request. Nothing that is typed there is sent; `method` and `url` fill it in."""
    here = origin(request)
    method = request.GET.get("method", "GET")
    return _page(
        request,
        contents(here),
        "docs/sign.html",
        methods=_METHODS,
        method=method if method in _METHODS else "GET",
        url=request.GET.get("url", f"{here}/api/v1/table-structure/hmrc.exporters/L1"),
        skew=web_settings().dss_hawk_timestamp_skew_in_seconds,
    )


@login_not_required
@require_safe
def show_changelog(request: HttpRequest) -> HttpResponse:
    """What has changed for clients."""
    docs = contents(origin(request))
    return _page(request, docs, "docs/changelog.html", changelog=docs.changelog)


@login_not_required
@require_safe
def show_tables(request: HttpRequest) -> HttpResponse:
    """The datasets with their tables that whoever is logged in may see; for others, a way to log in."""
    docs = contents(origin(request))
    if not isinstance(request.user, User) or not request.user.may_come_in:
        return _page(request, docs, "docs/tables.html", page=None)
    page, datasets = tables_for(request.user, request.GET.get("page"))
    return _page(request, docs, "docs/tables.html", page=page, datasets=datasets)


@login_not_required
@require_safe
def show_openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for programs."""
    content = orjson.dumps(document(origin(request)))
    return HttpResponse(content, content_type="application/json")


def _guide_page(name: str) -> GuidePage:
    for page in GUIDE:
        if page.name == name:
            return page
    raise Http404


def _page(request: HttpRequest, docs: Contents, template: str, **context: Any) -> HttpResponse:
    """A page with the navigation beside it, which marks where one is."""
    return render(request, template, {"docs": docs, "here": request.path, "origin": origin(request), **context})
