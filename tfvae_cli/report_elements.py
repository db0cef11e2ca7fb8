"""What a report's page is made of: text, escaped, in tables and beside images that are in the page itself."""

import base64
import html
import io


def card(name, title, content, level=3):
    """Returns a titled part of the page."""
    heading = f'<h{level} id="{name}">{html.escape(title)}</h{level}>'
    return f'<section class="card" aria-labelledby="{name}">{heading}{content}</section>'


def table(heads, rows, about):
    """Returns a table whose first column heads the rows; cells are HTML, or what `words` made; the rest is text."""
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' if text else "<td></td>" for text in heads)
    body = "".join(f'<tr><th scope="row">{first}</th>{"".join(map(_cell, rest))}</tr>' for first, *rest in rows)
    said = html.escape(about)
    return (
        f'<p class="quiet">{said}</p><div class="wide" tabindex="0" role="group" aria-label="{said}">'
        f'<table aria-label="{said}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(content):
    return content if content.startswith("<td") else f"<td>{content}</td>"


def words(text):
    """Returns a cell of words."""
    return f'<td class="words">{html.escape(text)}</td>'


def link(place, text):
    """Returns a link to a run's part of the page."""
    return f'<a href="#run-{place}">{html.escape(text)}</a>'


def picture(array, said, alt=None):
    """Returns a picture, uint8 [H, W, channels], over its caption, which describes it unless `alt` does."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(array.squeeze(-1) if array.shape[-1] == 1 else array).save(file, format="PNG", optimize=True)
    uri = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return f"<figure>{image(uri, alt or said, 'pixels', array.shape)}{caption(said)}</figure>"


def image(uri, alt, kind="chart", shape=None):
    """Returns an image."""
    size = "" if shape is None else f' width="{shape[1]}" height="{shape[0]}"'
    return f'<img class="{kind}" src="{uri}" alt="{html.escape(alt)}"{size}>'


def caption(text):
    """Returns what is under a picture."""
    return f"<figcaption>{html.escape(text)}</figcaption>"


def form(value, form):
    """Returns a number, or a dash where there is none."""
    return "-" if value is None else format(value, form)


def digits(value, places):
    """Returns a number with so many digits, or a dash."""
    return form(value, f",.{places}f")


def number(entry, places):
    """Returns a number with its error, where there are such.

    >>> number({"value": 1.0, "standard_error": 0.25}, 2), number({"value": 1.0, "standard_error": None}, 2)
    ('1.00 ± 0.25', '1.00')
    """
    if entry is None or entry["value"] is None:
        return "-"
    error = "" if entry["standard_error"] is None else f" ± {digits(entry['standard_error'], places)}"
    return f"{digits(entry['value'], places)}{error}"
