#!/usr/bin/env python
"""Corrects the line numbers of the documents' links into the code.

A link to a line names the code that stands there, as its text:

    [`tf.reduce_logsumexp(log_weight, axis=0)`](../tfvae/terms/importance_weighted.py#L37)

When the code moves, this script finds the fragment again, nearest to where it
was, and rewrites the number. A fragment that is gone is an error: the document
then speaks of code that doesn't exist.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
_LINK = re.compile(r"\[`([^`]+)`\]\(([^)#\s]+)#L(\d+)\)")


def documents():
    """Returns the documents whose links are kept: README.md and docs/*.md."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def links(document):
    """Returns (fragment, file, line) for every link from `document` to a line."""
    return [
        (fragment, document.parent / path, int(line)) for fragment, path, line in _LINK.findall(document.read_text())
    ]


def fault(fragment, file, line):
    """Returns what is wrong with a link, or None."""
    if not file.is_file():
        return f"{file} doesn't exist"
    lines = file.read_text().splitlines()
    if not 1 <= line <= len(lines):
        return f"{file} has {len(lines)} lines, the link goes to {line}"
    if fragment not in lines[line - 1]:
        return f"{file}:{line} is {lines[line - 1].strip()!r}, which doesn't contain {fragment!r}"
    return None


def relink(document):
    """Rewrites the line numbers in `document`.

    Returns:
        The number of links that changed.

    Raises:
        ValueError: Fragments that are nowhere in the files that they link to; nothing is written.
    """
    changed, lost = 0, []

    def correct(match):
        nonlocal changed
        fragment, path, old = match[1], match[2], int(match[3])
        file = document.parent / path
        lines = file.read_text().splitlines() if file.is_file() else []
        found = [number for number, line in enumerate(lines, 1) if fragment in line]
        if not found:
            lost.append(f"{document.name}: {path} has no line with {fragment!r}")
            return match[0]
        new = min(found, key=lambda number: abs(number - old))
        changed += new != old
        return f"[`{fragment}`]({path}#L{new})"

    content = _LINK.sub(correct, document.read_text())
    if lost:
        raise ValueError("\n".join(lost))
    if changed:
        document.write_text(content)
    return changed


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    failures = []
    for name in documents():
        try:
            print(f"{name.relative_to(ROOT)}: {relink(name)} line numbers corrected")
        except ValueError as error:
            failures.append(str(error))
    sys.exit("\n".join(failures) or None)
