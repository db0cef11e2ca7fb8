"""A report's page: whole in one file, readable in both themes, and made of the figures alone."""

import base64
import contextlib
import copy
import html.parser
import io
import itertools
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.cli import browser
from tfvae_cli import report_charts, report_page
from tfvae_cli import report_elements as elements

HOSTILE = "<script src=http://x.org/a.js></script>\"'&amp;$title"
VOID = {"meta", "link", "img", "br"}


def number(value, error=0.25):
    return {"value": value, "standard_error": error}


RUN = {
    "run": "runs/a",
    "model": "VAE(\n  posterior=Normal((3,)),\n)",
    "parameters": 12345,
    "data": {"name": "digits", "split": "test", "images": 180, "shape": [8, 8, 1], "sha256": "0" * 64},
    "x": {"preprocessing": None, "discrete": True},
    "left_out": {"fidelity": "There is no network."},
    "history": {"elbo": [-3.0, -2.0], "val_elbo": [-3.5, None], "kl": [1.0, 2.0], "loss": [3.0, 2.0]},
    "metrics": {"elbo": -24.5, "kl": 3.25, "loss": 24.5},
    "log_likelihood": {
        **number(-23.456),
        "bits_per_dimension": 0.5398,
        "num_samples": 500,
        "doubtful": 13,
        "per_example": [-23.0, -24.0],
    },
    "annealed": {
        **{"lower": number(-24.1), "simulated": number(-26.2), "upper": number(-26.1), "gap": number(0.123)},
        **{"per_example": [-24.0], "acceptance": 0.97, "temperatures": 500, "examples": 24},
    },
    "gaps": {
        **{"log_likelihood": number(-24.1), "best_elbo": number(-24.4), "elbo": number(-24.6)},
        **{"approximation": number(0.31), "amortisation": number(0.19)},
        **{"converged": 23, "doubtful": 2, "examples": 24, "annealed": False},
    },
    "surgery": {
        **{"reconstruction": number(-21.3), "mutual_information": number(2.4), "marginal_kl": number(0.9)},
        **{"elbo": number(-24.6), "examples": 24, "log_examples": 3.178},
    },
    "activity": {
        "kl_per_dimension": [0.5, 2.0, 0.001],
        "mean_variance": [0.5, 0.9, 0.0],
        "active": [True, True, False],
    },
    "reconstruction": {
        **{"squared_error": number(2.035), "squared_error_per_entry": number(0.03), "psnr": number(None, None)},
        **{"ssim": number(0.784), "ssim_window": 7},
    },
    "linear_probe": {"accuracy": 0.828, "standard_error": 0.028},
    "exports": [{"file": "saved_models/a/1", "max_abs_error": 2e-7}],
    "samples": {"count": 48},
    "reconstructions": {"count": 24},
    "map": {
        "points": [[0.0, 1.0], [2.0, 3.0], [1.0, -1.0]],
        "explained": [0.5, 0.25],
        "labels": [0, 1, -1],
        "label_names": None,
    },
    "traversals": {"dimensions": [1, 0], "values": [[-1.0, 1.0], [-2.0, 2.0]]},
}
PICTURES = {
    "samples": np.full([34, 122, 1], 128, "uint8"),
    "reconstructions": np.full([34, 122, 3], 128, "uint8"),
    "traversals": np.full([34, 22, 1], 128, "uint8"),
}


def document(*runs, differences=()):
    return {"tfvae": "0.1.0", "seed": 3, "runs": list(runs), "differences": list(differences)}


class Read(html.parser.HTMLParser):
    """What a page is made of; refuses tags that aren't closed in their order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self._open, self._cell = [], [], [], None
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, text):
        if self._open and self._open[-1] != "style" and text.strip():
            self.texts.append(text)

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page():
    other = {**RUN, "run": "runs/b"}
    differences = [{"run": "runs/b", "value": -1.5, "standard_error": 0.125}]
    return report_page.page(document(RUN, other, differences=differences), [PICTURES, PICTURES])


def test_it_is_whole(page):
    read = Read(page)
    assert not re.search(r"https?://|@import|url\(", page)
    assert not {"script", "iframe", "object", "form"} & {tag for tag, _ in read.tags}
    assert [attributes["href"] for attributes in read.of("link")] == ["data:,"]
    images = read.of("img")
    assert len(images) == 2 * 7
    for image in images:
        kind, content = image["src"].split(",")
        assert kind in ("data:image/png;base64", "data:image/svg+xml;base64")
        drawn = base64.b64decode(content, validate=True)
        assert drawn.startswith(b"\x89PNG") or b"</svg>" in drawn
        # Beside those of the namespaces and of matplotlib's document type, which nothing fetches.
        assert b'href="http' not in drawn
        assert len(image["alt"]) > 10
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]


def test_headings_go_down_one_at_a_time(page):
    read = Read(page)
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    names = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(names) == len(set(names))
    for _, attributes in read.tags:
        assert attributes.get("aria-labelledby", names[0]) in names
        assert not attributes.get("href", "").startswith("#") or attributes["href"][1:] in names
    assert {attributes.get("scope") for attributes in read.of("th")} == {"row", "col"}


def test_figures_are_on_it(page):
    texts = Read(page).texts
    for text in (
        *("-23.46 ± 0.25", "0.5398", "-1.500 ± 0.125", "0.7840 ± 0.2500"),
        *(
            "0.31 ± 0.25",
            "0.19 ± 0.25",
            "2.40 ± 0.25",
            "0.90 ± 0.25",
            "0.12 ± 0.25",
            "2 of 3",
            "2.0e-07",
            "0.828 ± 0.028",
        ),
    ):
        assert text in texts, text
    whole = " ".join(texts)
    for text in (
        "12,345 parameters",
        "13 of 180 examples",
        "23 of 24 searches",
        "75% of the variance",
        "Fidelity of samples: There is no network.",
    ):
        assert text in whole, text
    assert "not finite" not in whole
    assert "None" not in whole
    assert "nan" not in whole


def test_sections_that_are_not_there_are_not_drawn():
    some = {name: RUN[name] for name in ("run", "model", "parameters", "data", "x")}
    read = Read(report_page.page(document({**some, "left_out": {"gaps": "It has no density."}}), [{}]))
    assert not read.of("img")
    assert not read.of("table")
    assert "Where the nats are lost: It has no density." in read.texts


def test_text_is_escaped():
    run = copy.deepcopy(RUN)
    run["run"] = run["model"] = run["data"]["name"] = run["data"]["split"] = HOSTILE
    run["left_out"] = {"fidelity": HOSTILE}
    run["exports"][0]["file"] = HOSTILE
    run["metrics"] = {HOSTILE: 1.0}
    run["map"]["label_names"] = [HOSTILE, "$x^2"]
    differences = [{"run": HOSTILE, "left_out": HOSTILE}]
    read = Read(report_page.page(document(run, run, differences=differences), [PICTURES, PICTURES]))
    assert not read.of("script")
    assert sum(HOSTILE in text for text in read.texts) >= 10
    drawn = [base64.b64decode(image["src"].split(",")[1]).decode() for image in read.of("img") if "svg" in image["src"]]
    assert not [svg for svg in drawn if "<script" in svg]
    assert any("&lt;script" in svg for svg in drawn)


def test_every_element_escapes_its_text():
    table = elements.table((HOSTILE, "b"), [("a", elements.words(HOSTILE))], HOSTILE)
    card = elements.card("name", HOSTILE, elements.caption(HOSTILE) + elements.link(0, HOSTILE))
    read = Read(elements.image("data:,", HOSTILE) + table + card)
    assert [attributes["alt"] for attributes in read.of("img")] == [HOSTILE]
    assert [attributes["aria-label"] for _, attributes in read.tags if "aria-label" in attributes] == [HOSTILE] * 2
    assert read.texts == [HOSTILE, HOSTILE, "b", "a", HOSTILE, HOSTILE, HOSTILE, HOSTILE]
    assert not read.of("script")


def test_a_chart_has_what_it_is_of():
    svg = base64.b64decode(report_charts.bars([0.5, 2.0, 0.001], [True, True, False]).split(",")[1]).decode()
    ticks = re.findall(r">(\d)</text>", svg)
    assert ticks == ["1", "0", "2"]  # the largest first
    assert "not active" in svg
    assert report_charts.bars([0.5], [True]) == report_charts.bars([0.5], [True])  # without time and random names
    svg = base64.b64decode(report_charts.curves("elbo", RUN["history"]).split(",")[1]).decode()
    assert "validation" in svg
    svg = base64.b64decode(report_charts.curves("kl", RUN["history"]).split(",")[1]).decode()
    assert "validation" not in svg
    svg = base64.b64decode(report_charts.scatter([[0, 0], [1, 1]], [0, -1], ["zero"]).split(",")[1]).decode()
    assert "zero" in svg
    assert "unknown" in svg


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_contrast(page, theme):
    rules = re.findall(r":root \{\s*(--ground.*?)\}", page, flags=re.S)
    assert len(rules) == 2
    colours = dict(re.findall(r"--(\w+): (#\w{6})", rules[theme]))
    for ground in ("ground", "card"):
        for text in ("text", "quiet", "accent"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for pair in report_charts.COLOURS:
        assert contrast(pair[theme], colours["card"]) >= 3.0


@contextlib.contextmanager
def opened(path, **options):
    """Gives Playwright's page of a file, and what went wrong in it."""
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=browser.chromium(), args=["--no-sandbox"])
        try:
            window, faults = chrome.new_page(**options), []
            window.on("console", lambda said: faults.append(said.text))
            window.on("pageerror", lambda error: faults.append(str(error)))
            window.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or faults.append(asked.url))
            window.goto(path.as_uri())
            yield window, faults
        finally:
            chrome.close()


def test_in_a_browser(page, tmp_path):
    browser.chromium()
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    with opened(path) as (window, faults):
        for theme, text in (("light", "rgb(29, 29, 32)"), ("dark", "rgb(236, 236, 239)")):
            window.emulate_media(color_scheme=theme)
            assert window.evaluate("getComputedStyle(document.body).color") == text
            with Image.open(io.BytesIO(window.locator("img.chart").first.screenshot())) as chart:
                inks = np.asarray(chart.convert("L")).astype(int)
            # Axes and their text are as far from the ground as the page's own text.
            ground = int(np.median(inks))
            assert np.abs(inks - ground).max() > 180, theme
            for width in (400, 1200):
                window.set_viewport_size({"width": width, "height": 800})
                wide, broken = window.evaluate(
                    """[document.documentElement.scrollWidth,
                        [...document.images].filter(image => !image.complete || !image.naturalWidth).length]"""
                )
                assert (wide, broken) == (width, 0)
                assert window.evaluate("document.body.clientWidth") <= 900
        window.emulate_media(color_scheme="dark", media="print")
        assert window.evaluate("getComputedStyle(document.body).color") == "rgb(29, 29, 32)"
        assert faults == []
