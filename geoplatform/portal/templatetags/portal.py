"""Tags that every page of the portal may use: built assets and the language of a piece of text."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from geoplatform.layers.definition import Text
from geoplatform.portal import assets, sentences

register = template.Library()


@register.simple_tag
def entry_styles(source: str) -> SafeString:
    """Link the style sheets of the Vite entry point `source`."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((name,) for name in assets.entry(source).styles))


@register.simple_tag
def entry_script(source: str, *, blocking: bool = False) -> SafeString:
    """Load the script of the Vite entry point `source`: as a module after the content, or at once when `blocking`."""
    tag = '<script src="{}"></script>' if blocking else '<script type="module" src="{}"></script>'
    return format_html(tag, assets.entry(source).script)


register.filter("one_stop", sentences.one_stop)


@register.filter
def local(text: Text | None) -> str:
    """Return a two-language text in the reader's language; nothing for None."""
    return text.in_language(get_language() or "uk") if text is not None else ""
