"""The pages for people who may not: each says why, whom to ask, and what to write."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dss_web.accounts.rights import DatasetRights, Right
from dss_web.registry.models import UploadPipeline


def no_access(request: HttpRequest) -> HttpResponse:
    """For people whom SSO lets log in, and who have no role here."""
    return render(request, "accounts/no_access.html", status=403)


def barred(request: HttpRequest) -> HttpResponse:
    """For people whom an administrator barred. They are not logged in."""
    return render(request, "accounts/barred.html", status=403)


def only_reads(request: HttpRequest) -> HttpResponse:
    """For readers who want to change something."""
    return render(request, "accounts/only_reads.html", status=403)


def not_theirs(request: HttpRequest, pipeline: UploadPipeline, rights: DatasetRights, right: Right) -> HttpResponse:
    """For people who may upload, but not to this dataset, or not decide about it."""
    context = {"pipeline": pipeline, "rights": rights, "wants_to_own": right == Right.OWN}
    return render(request, "accounts/not_theirs.html", context, status=403)
