"""The pages on which owners give and take what others may do with a dataset."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dss_web.accounts.models import DatasetMember, MemberRole
from dss_web.accounts.rights import Right, requires, rights_on
from dss_web.registry.models import UploadPipeline
from dss_web.uploads import members as services
from dss_web.uploads.views import person_of

_LAST_OWNER = "A dataset must have an owner. Make somebody else an owner first."
_NO_OWNER_YET = "Name an owner first. Until then, everyone who can upload can upload to this dataset."


class MemberForm(forms.Form):
    """Whom to make what."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        error_messages={
            "required": "Enter an email address",
            "invalid": "Enter an email address in the correct format, like name@example.gov.uk",
        },
    )
    role = forms.ChoiceField(
        choices=MemberRole.choices,
        error_messages={
            "required": "Select whether they upload or own the dataset",
            "invalid_choice": "Select whether they upload or own the dataset",
        },
    )

    def clean_email(self) -> str:
        """The email in lower case, as SSO's are compared."""
        email: str = self.cleaned_data["email"]
        return email.lower()


@requires(Right.OWN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who may upload to a dataset, and the form to let somebody."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.give(
                pipeline, form.cleaned_data["email"], MemberRole(form.cleaned_data["role"]), person_of(request)
            )
        except services.LastOwner:
            form.add_error("email", _LAST_OWNER)
        except services.NoOwnerYet:
            form.add_error("role", _NO_OWNER_YET)
        else:
            return redirect("members", slug)
    found = DatasetMember.objects.filter(pipeline=pipeline).select_related("person")
    context: dict[str, Any] = {
        "pipeline": pipeline,
        "form": form,
        "members": found,
        "rights": rights_on(person_of(request), pipeline),
        "person": person_of(request),
    }
    return render(request, "uploads/members.html", context, status=422 if form.errors else 200)


@requires(Right.OWN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, slug: str, member_id: int) -> HttpResponse:
    """Asks whether somebody should no longer be an owner or uploader, and removes them."""
    pipeline = get_object_or_404(UploadPipeline, slug=slug)
    member = get_object_or_404(DatasetMember.objects.select_related("person"), pk=member_id, pipeline=pipeline)
    problem = ""
    if request.method == "POST":
        try:
            services.take(pipeline, member, person_of(request))
        except services.LastOwner:
            problem = _LAST_OWNER
        else:
            # Who has removed themselves may not see the list any more.
            return redirect("members" if rights_on(person_of(request), pipeline).may_own else "dataset", slug)
    context = {"pipeline": pipeline, "member": member, "problem": problem, "is_self": member.person == request.user}
    return render(request, "uploads/remove_member.html", context, status=409 if problem else 200)
