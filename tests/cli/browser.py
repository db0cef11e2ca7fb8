"""Chromium, and the explorer's page in it."""

import contextlib
import os
import pathlib
import shutil
import threading

import filelock
import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from tfvae_cli import explore, packages, page
from tfvae_cli.problem import Problem

ROOT = pathlib.Path(__file__).resolve().parents[2]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium():
    """Returns the path of a Chromium, or skips the test."""
    path = os.environ.get("TFVAE_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium: on Debian, apt-get install chromium; elsewhere set TFVAE_CHROMIUM to its path")
    return path


def installed_packages():
    """Returns the folder of the page's packages, which are installed once, or skips the test."""
    folder = ROOT / ".cache" / packages.default_folder().name
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.with_suffix(".lock")):
        if packages.missing(folder):
            try:
                packages.install(folder)
            except Problem as problem:
                pytest.skip(f"no packages of the page: {problem}")
    return folder


@contextlib.contextmanager
def served(base):
    """Gives the address of an export's explorer."""
    with page.Server(0, explore.files(base, installed_packages())) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()


class Window:
    """A window of the page, and what went wrong in it.

    Attributes:
        page: Playwright's.
        faults: Errors on the console, exceptions, and requests to anywhere else.
        warnings: Those on the console.
    """

    def __init__(self, context, address):
        self.page, self.faults, self.warnings, self._address = context.new_page(), [], [], address
        # The same draws each time.
        self.page.add_init_script(
            "let state = 1; Math.random = () => (state = (state * 48271) % 2147483647) / 2147483647;"
        )
        self.page.on("console", self._keep)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._check_request)
        self.page.goto(address)
        self.page.wait_for_selector("main[aria-busy=false]", timeout=120_000)
        self.settle()

    def _keep(self, said):
        kept = {"error": self.faults, "warning": self.warnings}
        kept.get(said.type, []).append(said.text)

    def _check_request(self, request):
        if not request.url.startswith((self._address, "data:")):
            self.faults.append(f"a request to {request.url}")

    def settle(self):
        """Waits until all that was asked for is decoded."""
        self.page.wait_for_selector("[aria-busy=true]", state="detached", timeout=120_000)

    def latent(self):
        """Returns what the picture on the canvas is of, [D]."""
        self.settle()
        return np.array(self.page.get_attribute("#picture", "data-latent").split(), "float32")

    def pixels(self, selector="#picture"):
        """Returns a canvas's pixels, [H, W, 4], uint8."""
        self.settle()
        found = self.page.eval_on_selector(
            selector,
            """canvas => [canvas.height, canvas.width,
                [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]]""",
        )
        return np.array(found[2], "uint8").reshape(found[0], found[1], 4)

    def slide(self, selector, value):
        """Sets a slider as a hand does."""
        self.page.eval_on_selector(
            selector,
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }",
            value,
        )
        self.settle()

    def names(self):
        """Returns [(role, name)] of what a screen reader finds."""
        tree = self.page.context.new_cdp_session(self.page).send("Accessibility.getFullAXTree")
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree["nodes"]
            if not node["ignored"]
        ]


@contextlib.contextmanager
def window(base, width=1280, height=900, touch=False, flags=()):
    """Opens an export's explorer.

    Args:
        base: The export.
        width: Of the window.
        height: Likewise.
        touch: Whether it is a phone's.
        flags: Of Chromium.
    """
    path = chromium()
    with served(base) as address, sync_playwright() as playwright:
        # Its sandbox needs rights that a container's root doesn't have; the page is ours.
        chrome = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *flags])
        try:
            context = chrome.new_context(viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch)
            yield Window(context, address)
        finally:
            chrome.close()
