"""GOV.UK components that pages share."""

from typing import Any

from django import forms, template
from django.conf import settings

from dss_web.shared.contract import UPLOAD_COLUMN_TYPES, UploadState
from dss_web.uploads.titles import TYPE_EXAMPLES, TYPE_TITLES

register = template.Library()

# An upload whose process ended stays in UPLOADING for ever, so its text has to be true of one under way as well.
_TAGS = {
    UploadState.UPLOADING: ("Not finished", "grey"),
    UploadState.UPLOADED: ("Not confirmed", "yellow"),
    UploadState.VERIFIED: ("Waiting", "blue"),
    UploadState.PROCESSING_DSS: ("Loading", "blue"),
    UploadState.PROCESSING_DATAFLOW: ("Copying", "blue"),
    UploadState.COMPLETED: ("Completed", "green"),
    UploadState.FAILED: ("Failed", "red"),
}


@register.inclusion_tag("govuk/tag.html")
def state_tag(state: str) -> dict[str, str]:
    """The tag of a version's state: a text of one or two words, and a colour of the GOV.UK palette."""
    text, colour = _TAGS[UploadState(state)]
    return {"text": text, "colour": colour}


@register.inclusion_tag("govuk/error_summary.html")
def error_summary(form: forms.Form) -> dict[str, Any]:
    """All errors of a form, each linked to its field. Shows nothing if the form has no errors."""
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
    """The team or address that people contact for access and help: the setting DSS_ACCESS_CONTACT."""
    return settings.DSS.dss_access_contact


@register.simple_tag
def rows_count(rows: int) -> str:
    """A number of rows, with commas between thousands: `1,250`."""
    return f"{rows:,}"


@register.inclusion_tag("govuk/type_examples.html")
def type_examples() -> dict[str, Any]:
    """A list of the types that a column can have, each with an example."""
    return {"types": [(TYPE_TITLES[kind], TYPE_EXAMPLES[kind]) for kind in UPLOAD_COLUMN_TYPES]}
