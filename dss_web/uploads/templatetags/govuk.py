"""GOV.UK components that pages share."""

from typing import Any

from django import forms, template
from django.conf import settings

from dss_web.shared.contract import UPLOAD_COLUMN_TYPES, UploadState
from dss_web.uploads.titles import TYPE_EXAMPLES, TYPE_TITLES

register = template.Library()

_TAGS = {
    UploadState.UPLOADING: ("Interrupted", "grey"),
    UploadState.UPLOADED: ("To be checked", "yellow"),
    UploadState.VERIFIED: ("Waiting", "blue"),
    UploadState.PROCESSING_DSS: ("Loading", "blue"),
    UploadState.PROCESSING_DATAFLOW: ("Copying", "blue"),
    UploadState.COMPLETED: ("Completed", "green"),
    UploadState.FAILED: ("Failed", "red"),
}


@register.inclusion_tag("govuk/tag.html")
def state_tag(state: str) -> dict[str, str]:
    """An upload's state in a word and a colour."""
    text, colour = _TAGS[UploadState(state)]
    return {"text": text, "colour": colour}


@register.inclusion_tag("govuk/error_summary.html")
def error_summary(form: forms.Form) -> dict[str, Any]:
    """All that is wrong with a form, each with a link to its field; nothing where all is well."""
    return {
        "errors": [
            (form[name].id_for_label if name in form.fields else "", message)
            for name, messages in form.errors.items()
            for message in messages
        ]
    }


@register.inclusion_tag("govuk/text_field.html")
def text_field(field: forms.BoundField) -> dict[str, forms.BoundField]:
    """A text input with its label, hint and error."""
    return {"field": field}


@register.simple_tag
def contact() -> str:
    """Whom people ask for access and help."""
    return settings.DSS.dss_access_contact


@register.simple_tag
def rows_count(rows: int) -> str:
    """A number of rows with commas between thousands."""
    return f"{rows:,}"


@register.inclusion_tag("govuk/type_examples.html")
def type_examples() -> dict[str, Any]:
    """The types that a column may have, each with what a value of it looks like."""
    return {"types": [(TYPE_TITLES[kind], TYPE_EXAMPLES[kind]) for kind in UPLOAD_COLUMN_TYPES]}
