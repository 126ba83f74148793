"""GOV.UK components that pages share."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django import forms, template
from django.conf import settings
from django.core.paginator import Page
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dss_web.contact import Contact
from dss_web.frame.long_words import breakable
from dss_web.frame.navigation import Item, navigation
from dss_web.frame.organisation import Organisation, organisation
from dss_web.registry.models import UploadPipeline
from dss_web.shared.contract import UPLOAD_COLUMN_TYPES
from dss_web.uploads import statuses
from dss_web.uploads.about_forms import AboutForm
from dss_web.uploads.titles import TYPE_EXAMPLES, TYPE_TITLES

register = template.Library()
register.filter(breakable)


@register.inclusion_tag("govuk/tag.html")
def state_tag(state: str) -> dict[str, str]:
    """The tag of a version's state: a text of a few words, and a colour of the GOV.UK palette."""
    return tag(statuses.state_tag(state))


@register.inclusion_tag("govuk/tag.html")
def tag(text_and_colour: tuple[str, str]) -> dict[str, str]:
    """A tag with this text and colour."""
    text, colour = text_and_colour
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


@register.inclusion_tag("govuk/error_summary.html")
def problem_summary(errors: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Errors of a page without a Django form, each with the id of its field, or ''. Shows nothing without any."""
    return {"errors": errors}


@register.inclusion_tag("govuk/pagination.html", takes_context=True)
def pagination(context: dict[str, Any], page: Page[Any], label: str, place: str = "") -> dict[str, Any]:
    """Links to the pages of a list, none where there is one page. `place` is the part of the page with the list."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    paginator = page.paginator
    return {
        "page": page,
        "label": label,
        "numbers": list(paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
        "gap": paginator.ELLIPSIS,
        "address": f"?{query.urlencode()}&" if query else "?",
        "place": place,
    }


@register.inclusion_tag("govuk/table_head.html")
def table_head(*titles: str) -> dict[str, Sequence[str]]:
    """The head of a table whose columns are alike; one without a title has what can be done with its row."""
    return {"titles": titles}


@register.inclusion_tag("govuk/text_field.html")
def text_field(field: forms.BoundField) -> dict[str, forms.BoundField]:
    """A text input with its label, hint and error."""
    return {"field": field}


@register.inclusion_tag("govuk/question.html")
def question(form: AboutForm) -> dict[str, AboutForm]:
    """The one question of a page: its heading, hint, error, and a text input, a text area or radios."""
    return {"form": form}


@register.inclusion_tag("uploads/table.html")
def table_in_data_workspace(pipeline: UploadPipeline) -> dict[str, str]:
    """The table of a dataset as people find it in Data Workspace, with a query that runs there, and a link."""
    schema, table = pipeline.organisation, pipeline.dataset
    link = settings.DSS.dss_data_workspace_url.format(schema=quote(schema), table=quote(table))
    return {"schema": schema, "table": table, "link": link}


@register.simple_tag
def contact(classes: str = "govuk-link") -> SafeString:
    """The team or address that people contact for access and help: a link where the setting has an address."""
    return contact_link(organisation().contact, classes)


@register.filter
def contact_link(whom: Contact, classes: str = "govuk-link") -> SafeString:
    """A contact by name, as a link where they have an address."""
    if not whom.link:
        return format_html("{}", whom.name)
    return format_html('<a class="{} dss-break" href="{}">{}</a>', classes, whom.link, whom.name)


@register.simple_tag(name="organisation")
def organisation_tag() -> Organisation:
    """Whose service this is. A tag and no context: the pages about errors are shown without one."""
    return organisation()


@register.simple_tag(name="navigation", takes_context=True)
def navigation_tag(context: dict[str, Any]) -> list[Item]:
    """Where the person can go, and where they are."""
    return navigation(context["request"])


@register.simple_tag
def rows_count(rows: int) -> str:
    """A number of rows, with commas between thousands: `1,250`."""
    return f"{rows:,}"


@register.simple_tag
def rows_fewer(rows: int) -> str:
    """How many rows fewer there are where there are `rows` more, which is negative: `1,250`."""
    return f"{-rows:,}"


@register.simple_tag
def share(part: float) -> str:
    """A share from 0 to 1 in whole percents; one that is neither all nor nothing is not rounded to it."""
    if part in {0, 1}:
        return "none" if part == 0 else "all"
    percent = round(part * 100)
    return "less than 1%" if percent == 0 else "more than 99%" if percent == 100 else f"{percent}%"


@register.inclusion_tag("govuk/type_examples.html")
def type_examples() -> dict[str, Any]:
    """A list of the types that a column can have, each with an example."""
    return {"types": [(TYPE_TITLES[kind], TYPE_EXAMPLES[kind]) for kind in UPLOAD_COLUMN_TYPES]}
