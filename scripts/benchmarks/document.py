"""Puts tables between the markers of a document, and touches nothing else in it."""

import pathlib
import re


def fill(text, name, content):
    r"""Returns `text` with `content` between the markers of `name`.

    Raises:
        ValueError: The markers aren't there, once each.

    >>> fill("<!-- benchmark:a -->old<!-- /benchmark:a -->", "a", "new")
    '<!-- benchmark:a -->\nnew\n<!-- /benchmark:a -->'
    """
    begin, end = f"<!-- benchmark:{name} -->", f"<!-- /benchmark:{name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), flags=re.S)
    filled, count = pattern.subn(lambda _: f"{begin}\n{content}\n{end}", text)
    if count != 1:
        raise ValueError(f"The document needs {begin} and {end}, once each. Put them where the table should stand.")
    return filled


def write(path, contents):
    """Writes {marker: content} into a document, whole or not at all."""
    path = pathlib.Path(path)
    text = path.read_text()
    for name, content in contents.items():
        text = fill(text, name, content)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text)
    temporary.replace(path)
