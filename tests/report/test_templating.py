"""Templates: what is put in is escaped, what is missing is an error."""

import pytest
from jinja2 import UndefinedError

from crawler.report.templating import TEMPLATES, stylesheet, templates


def rendered(source, **values):
    return templates().from_string(source).render(**values)


def test_what_is_put_in_is_escaped():
    assert rendered("<p>{{ x }}</p>", x="<b>&'\"") == "<p>&lt;b&gt;&amp;&#39;&#34;</p>"


@pytest.mark.parametrize("mark", ["v", "plain"])
def test_text_of_others_is_made_visible_and_escaped(mark):
    shown = rendered("{{ x|" + mark + " }}", x="a\u202eb<i>")
    assert "\u202e" not in shown
    assert "<i>" not in shown


def test_what_is_missing_is_an_error_and_no_blank():
    with pytest.raises(UndefinedError):
        rendered("{{ nothing }}")


def test_a_stylesheet_cannot_end_its_element():
    assert all("</style" not in stylesheet(path.name).lower() for path in TEMPLATES.glob("*.css"))
