#!/usr/bin/env python
"""Makes docs/pictures/explorer.png, the latent explorer of the digits, and says how fast it decodes. Needs Chromium."""

import argparse
import pathlib
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--export", type=pathlib.Path, default=ROOT / "saved_models" / "example", help="what to show")
    parser.add_argument(
        "--output", type=pathlib.Path, default=ROOT / "docs" / "pictures" / "explorer.png", help="the PNG to write"
    )
    parser.add_argument("--width", type=int, default=1280, help="of the window, in pixels")
    parser.add_argument("--height", type=int, default=776, help="of the window, in pixels")
    parser.add_argument("--dark", action="store_true", help="the page's dark colours")
    parser.add_argument("--chromium", default="chromium", help="the browser, on the PATH or a path")
    return parser.parse_args()


def photograph(address, chosen):
    """Opens the page, draws a path over the map, and takes the picture. Returns what the page says of its speed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen.chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": chosen.width, "height": chosen.height},
            color_scheme="dark" if chosen.dark else "light",
        )
        page.add_init_script("let state = 7; Math.random = () => (state = (state * 48271) % 2147483647) / 2147483647;")
        page.goto(address)
        page.wait_for_selector("main[aria-busy=false]")
        box = page.locator("#map").bounding_box()
        page.mouse.move(box["x"] + 0.22 * box["width"], box["y"] + 0.42 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=3)
        page.mouse.move(box["x"] + 0.72 * box["width"], box["y"] + 0.74 * box["height"], steps=3)
        page.mouse.up()
        page.wait_for_selector("[aria-busy=true]", state="detached")
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=chosen.output)
        rate = page.inner_text("#rate")
        browser.close()
    return rate


def main():
    """Serves the explorer and photographs it."""
    chosen = arguments()
    import shutil

    from tfvae_cli import explore, packages, page

    chosen.chromium = shutil.which(chosen.chromium) or chosen.chromium
    folder = packages.default_folder()
    if packages.missing(folder):
        packages.install(folder)
    files = explore.files(chosen.export, folder)
    with page.Server(0, files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rate = photograph(server.address, chosen)
        server.shutdown()
    print(f"{chosen.output}: {chosen.output.stat().st_size / 1024:.0f} KB; {rate}")


if __name__ == "__main__":
    main()
