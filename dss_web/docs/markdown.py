"""Markdown → HTML in the design of GOV.UK. HTML within the Markdown is shown as text."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
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
# What nobody types.
_OUTPUTS: Final = {"output", "answer"}
# Titles of code by its purpose, as `_fence` explains.
_TITLES: Final = {
    "run": "Run",
    "manage": "Run",
    "output": "It prints",
    "normalised": "Normalised string",
    "header": "Header",
    "configuration": "Configuration",
    "": "Shell",
}


# Of `##`, below the chapter's own heading.
_HEADINGS: Final = {2: "govuk-heading-m dss-docs__heading", 3: "govuk-heading-m"}


def to_html(markdown: str, level: int = 3, addresses: Mapping[str, str] = MappingProxyType({})) -> SafeString:
    """The HTML of a text. `##` is a heading of this level; a link to `#<anchor>` leads to the anchor's address."""
    parser = _parser()
    tokens = _captioned(parser.parse(markdown))
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.tag = f"h{level}"
            token.attrSet("id", slugify(tokens[number + 1].content))
            token.attrSet("class", _HEADINGS[level])
        elif token.type == "heading_close":
            token.tag = f"h{level}"
        for part in (token, *(token.children or ())):
            address = part.attrs.get("href")
            if isinstance(address, str) and address.startswith("#"):
                part.attrSet("href", addresses[address[1:]])
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
    return code_figure(title, language, purpose, tokens[number].content)


def code_figure(title: str, language: str, purpose: str, text: str) -> SafeString:
    """Code with its colours, below its title. `purpose` is for the style sheet and for programs that read the page."""
    code = highlight(text, get_lexer_by_name(language), HtmlFormatter(nowrap=True))
    return format_html(
        '<figure class="dss-example{}"><figcaption class="dss-example__title">{}</figcaption>'
        '<pre class="dss-example__code" tabindex="0" data-language="{}" data-purpose="{}"><code>{}</code></pre>'
        "</figure>\n",
        "" if purpose not in _OUTPUTS else f" dss-example--output dss-example--{purpose}",
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
