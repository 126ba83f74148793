"""Markdown → HTML in the design of GOV.UK. HTML within the Markdown is shown as text."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

_CLASSES: Final = {
    "paragraph_open": "govuk-body",
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "ordered_list_open": "govuk-list govuk-list--number",
    "heading_open": "govuk-heading-m",
    "table_open": "govuk-table dss-table",
    "thead_open": "govuk-table__head",
    "tbody_open": "govuk-table__body",
    "tr_open": "govuk-table__row",
    "th_open": "govuk-table__header",
    "td_open": "govuk-table__cell",
    "link_open": "govuk-link",
    "code_inline": "dss-code",
}
# A paragraph that begins like this is the caption of the table after it.
_CAPTION: Final = "Table: "
# Titles of code by its purpose, as `_fence` explains.
_TITLES: Final = {
    "run": "Run",
    "manage": "Run",
    "output": "It prints",
    "normalised": "Normalised string",
    "header": "Header",
    "": "Shell",
}


def to_html(markdown: str) -> SafeString:
    """The HTML of a text. `##` is a heading of the third level, below the chapter's own."""
    parser = _parser()
    tokens = _captioned(parser.parse(markdown))
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.tag = "h3"
            token.attrSet("id", slugify(tokens[number + 1].content))
        elif token.type == "heading_close":
            token.tag = "h3"
        for part in (token, *(token.children or ())):
            if part.type in _CLASSES:
                part.attrJoin("class", _CLASSES[part.type])
    html: str = parser.renderer.render(tokens, parser.options, {})
    return mark_safe(html)  # noqa: S308 made by the renderer, which escapes text


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("caption", _caption)
    return parser


def _fence(renderer: RendererHTML, tokens: Sequence[Token], number: int, options: Any, environment: Any) -> str:
    """Code with its colours. The first word after the fence is the language, the second the purpose.

    `file=<name>` is a program to save under this name, `run` and `manage` are commands, `output` is what they print.
    """
    language, _, purpose = tokens[number].info.partition(" ")
    name = purpose.removeprefix("file=")
    title = name if name != purpose else _TITLES[purpose]
    code = highlight(tokens[number].content, get_lexer_by_name(language), HtmlFormatter(nowrap=True))
    return format_html(
        '<figure class="dss-example{}"><figcaption class="dss-example__title">{}</figcaption>'
        '<pre class="dss-example__code" tabindex="0" data-language="{}" data-purpose="{}"><code>{}</code></pre>'
        "</figure>\n",
        "" if purpose != "output" else " dss-example--output",
        title,
        language,
        purpose,
        mark_safe(code),  # noqa: S308 pygments escapes what is not its own
    )


def _caption(renderer: RendererHTML, tokens: Sequence[Token], number: int, options: Any, environment: Any) -> str:
    return format_html(
        '<caption class="govuk-table__caption govuk-table__caption--s">{}</caption>', tokens[number].content
    )


def _captioned(tokens: list[Token]) -> list[Token]:
    """Tables with their captions within, and the first cell of each row as the row's header."""
    captioned: list[Token] = []
    caption = None
    is_first_cell = False
    for token in tokens:
        match token.type:
            case "inline" if token.content.startswith(_CAPTION) and captioned[-1].type == "paragraph_open":
                caption = Token("caption", "", 0, content=token.content.removeprefix(_CAPTION))
                captioned.pop()
                continue
            case "paragraph_close" if caption is not None:
                continue
            case "table_open":
                captioned.append(token)
                if caption is not None:
                    captioned.append(caption)
                    caption = None
                continue
            case "th_open":
                token.attrSet("scope", "col")
            case "tr_open":
                is_first_cell = True
            case "td_open" if is_first_cell:
                token.type, token.tag = "th_open", "th"
                token.attrSet("scope", "row")
            case "td_close" if is_first_cell:
                token.type, token.tag, is_first_cell = "th_close", "th", False
        captioned.append(token)
    return captioned
