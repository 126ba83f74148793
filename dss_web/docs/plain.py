"""The guide as Markdown, for programs that read: each page by itself, and llms.txt, which lists them.

Format of llms.txt: https://llmstxt.org (seen 2026-11-26).
"""

from collections.abc import Iterator

from dss_web.docs.contents import ROOT, Contents
from dss_web.docs.guide import GUIDE, INTRODUCTION, GuidePage, chapters


def markdown_page(contents: Contents, origin: str, page: GuidePage) -> str:
    """A page of the guide, with links that lead to Markdown where there is some."""
    written = {
        chapter.name: chapter.with_links_to(_addresses(contents, origin).__getitem__) for chapter in chapters(origin)
    }
    if len(page.chapters) == 1:
        return f"# {page.title}\n\n{written[page.chapters[0]].markdown}\n"
    texts = (f"## {written[name].title}\n\n{_lower(written[name].markdown)}\n" for name in page.chapters)
    return "\n".join((f"# {page.title}\n", *texts))


def llms_txt(contents: Contents, origin: str) -> str:
    """What the API is, and where each page is."""
    (introduction,) = [chapter for chapter in chapters(origin) if chapter.name == INTRODUCTION]
    return "\n".join(
        [
            "# Data Store Service API",
            "",
            "> Tables of published data and of files that staff upload, read in pages or as whole files by clients that"
            " sign each request with HAWK.",
            "",
            introduction.with_links_to(_addresses(contents, origin).__getitem__).markdown,
            "",
            "## Guide",
            "",
            *(f"- [{page.title}]({origin}{ROOT}/guide/{page.name}.md): {page.summary}" for page in GUIDE),
            "",
            "## Reference",
            "",
            f"- [OpenAPI 3.1 document]({origin}{ROOT}/openapi.json): Every route with its parameters, responses and"
            " examples.",
            *_links(contents, origin, "Reference"),
            "",
            "## Optional",
            "",
            *_links(contents, origin, "Tools"),
            "",
        ]
    )


def _links(contents: Contents, origin: str, heading: str) -> Iterator[str]:
    for page in contents.pages[heading]:
        yield f"- [{page.title}]({origin}{page.path}): {page.summary}"


def _addresses(contents: Contents, origin: str) -> dict[str, str]:
    """Where anchors are, in Markdown if they are on a page of the guide."""
    guide = f"{ROOT}/guide/"
    return {
        anchor: origin + (address.replace("#", ".md#") if address.startswith(guide) else address)
        for anchor, address in contents.addresses.items()
    }


def _lower(markdown: str) -> str:
    """The chapter's headings one level below its own."""
    return markdown.replace("\n## ", "\n### ")
