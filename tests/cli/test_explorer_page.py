"""The explorer's page in Chromium: what is on its canvas is Keras's, and every control does what it says."""

import json

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.cli import browser
from tfvae import data, export, recipes

SIZE = 12  # dimensions, more than the page shows at first
# A GPU that is none.
_SOFTWARE_GPU = (
    "--enable-unsafe-webgpu",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-webgpu-adapter=swiftshader",
)
NEAR = 1e-5  # of float32, and of numbers that the page's own JSON and this test's have in common


def vivid(vae):
    """Makes an untrained model's means and pictures differ from each other as a trained one's do."""
    rng = np.random.default_rng(0)
    for part in (vae.encoder, vae.posterior, vae.decoder, vae.likelihood):
        for variable in part.trainable_variables:
            variable.assign(2.0 * variable + rng.normal(0.0, 0.1, variable.shape))
    return vae


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A model and its export, with two decoders."""
    browser.chromium()
    browser.installed_packages()
    folder = tmp_path_factory.mktemp("plain") / "litert"
    vae = vivid(recipes.vae((8, 8, 1), SIZE, preprocessing=data.Binarize()))
    export.litert(vae, folder / "decoder.tflite")
    export.litert(vae, folder / "decoder-dynamic.tflite", quantization="dynamic")
    images, labels = data.digits("test")
    export.explorer(vae, folder, data.from_array(images, labels, shuffle=False), name="digits")
    return vae, folder


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    """A conditional model of two latent dimensions, and its export."""
    browser.chromium()
    browser.installed_packages()
    folder = tmp_path_factory.mktemp("conditional") / "litert"
    vae = vivid(recipes.conditional_vae((8, 8, 1), 2, num_classes=10, preprocessing=data.Binarize()))
    export.litert(vae, folder / "decoder.tflite")
    images, labels = data.digits("test")
    names = [f"digit {label}" for label in range(10)]
    export.explorer(vae, folder, data.from_array(images, labels, shuffle=False), label_names=names)
    return vae, folder


class Map:
    """Where latents lie on the page's map, from explorer.json alone."""

    def __init__(self, window, folder):
        self.window = window
        self.about = json.loads((folder / "explorer.json").read_text())
        self.latents = np.array(self.about["latents"])
        self.center, self.axes = (np.array(self.about["map"][name]) for name in ("center", "axes"))
        self.places = (self.latents - self.center) @ self.axes.T
        low, high = self.places.min(axis=0), self.places.max(axis=0)
        self.middle, self.half = (low + high) / 2, 1.08 * (high - low).max() / 2

    def to_screen(self, place):
        """Returns the place in the window's pixels, half of one from its neighbours'."""
        self.window.page.locator("#map").scroll_into_view_if_needed()
        box = self.window.page.eval_on_selector(
            "#map",
            """map => { const box = map.getBoundingClientRect();
              return [box.x + map.clientLeft, box.y + map.clientTop, map.clientWidth, map.clientHeight]; }""",
        )
        side = min(box[2:])
        u, v = (np.asarray(place) - self.middle) / self.half * side / 2
        return box[0] + box[2] / 2 + u, box[1] + box[3] / 2 - v

    def of(self, z):
        return (np.asarray(z) - self.center) @ self.axes.T

    def lonely(self):
        """Returns the example that is farthest from all others: what is near it on the map is it."""
        distances = np.linalg.norm(self.places[:, None] - self.places[None], axis=-1)
        np.fill_diagonal(distances, np.inf)
        return np.argsort(distances.min(axis=1))[::-1]

    def gap(self):
        """Returns a place of the view that is farther than any click's reach from all examples."""
        grid = np.stack(np.meshgrid(*[np.linspace(-0.9, 0.9, 19)] * 2), -1).reshape(-1, 2) * self.half + self.middle
        distances = np.linalg.norm(grid[:, None] - self.places[None], axis=-1).min(axis=1)
        return grid[distances.argmax()]


def expected(vae, z, label=None):
    """Returns Keras's picture as pixels, [8, 8, 4]."""
    condition = None if label is None else np.array([label])
    grey = np.rint(255 * vae.decode(np.asarray(z, "float32")[None], condition).mean().numpy()[0]).astype("uint8")
    return np.concatenate([grey, grey, grey, np.full_like(grey, 255)], axis=-1)


def assert_shown(window, vae, z, label=None, near=NEAR):
    np.testing.assert_allclose(window.latent(), z, rtol=near, atol=near)
    found = window.pixels().astype(int)
    # A value between two levels may be rounded to either.
    np.testing.assert_allclose(found, expected(vae, window.latent(), label), atol=1)
    assert found[..., :3].std() > 10


def test_every_control_does_what_it_says(plain):
    vae, folder = plain
    with browser.window(folder) as window:
        plane = Map(window, folder)
        assert window.page.inner_text("h1") == "digits"
        assert_shown(window, vae, np.zeros(SIZE))
        the_sliders(window, vae, plane)
        a_click(window, vae, plane)
        a_drag(window, vae, plane)
        random_samples(window, vae)
        the_keys_of_the_map(window, vae, plane)
        another_file(window, vae, folder)
        whatever_dtype(window)
        everything_has_a_name(window)
        assert window.page.inner_text("#rate").endswith("decodes a second")
        assert window.page.is_hidden("#problem")
        assert window.faults == []
        a_decoder_that_is_none(window, folder)


def the_sliders(window, vae, plane):
    page = window.page
    order = np.argsort(-np.array(plane.about["kl"]), kind="stable")
    shown = page.locator("#sliders input:visible")
    assert [shown.nth(row).get_attribute("id") for row in range(shown.count())] == [f"z-{d}" for d in order[:8]]
    page.click("#more")
    assert page.locator("#sliders input:visible").count() == SIZE
    assert page.get_attribute("#more", "aria-expanded") == "true"
    d = order[0]
    page.focus(f"#z-{d}")
    step = float(page.get_attribute(f"#z-{d}", "step"))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    z = np.zeros(SIZE)
    z[d] = 3 * step
    assert_shown(window, vae, z)
    page.keyboard.press("End")
    z[d] = float(page.get_attribute(f"#z-{d}", "max"))
    assert z[d] >= 3
    assert_shown(window, vae, z)
    z[order[-1]] = -1
    window.slide(f"#z-{order[-1]}", -1)
    assert_shown(window, vae, z)
    assert page.inner_text(f"output[for=z-{order[-1]}]") == "-1.00"
    page.click("#reset")
    assert_shown(window, vae, np.zeros(SIZE))
    assert page.input_value(f"#z-{d}") == "0"


def a_click(window, vae, plane):
    example = plane.lonely()[0]
    window.page.mouse.click(*plane.to_screen(plane.places[example]))
    assert_shown(window, vae, plane.latents[example])
    label = plane.about["labels"][example]
    window.page.wait_for_selector(f"#status:has-text('nearest example: {label}')", state="attached")
    # Where no example is, the plane's own latent; a click hits a whole pixel.
    gap = plane.gap()
    window.page.mouse.click(*plane.to_screen(gap))
    pixel = 2 * plane.half / 300
    np.testing.assert_allclose(plane.of(window.latent()), gap, atol=pixel)
    assert_shown(window, vae, plane.center + plane.of(window.latent()) @ plane.axes, near=1e-4)


def a_drag(window, vae, plane):
    page = window.page
    start, end, *_ = plane.lonely()
    assert page.is_hidden("#path")
    page.mouse.move(*plane.to_screen(plane.places[start]))
    page.mouse.down()
    page.mouse.move(*plane.to_screen(plane.middle), steps=3)
    # On the way it shows where the pointer is.
    np.testing.assert_allclose(plane.of(window.latent()), plane.middle, atol=2 * plane.half / 300)
    page.mouse.move(*plane.to_screen(plane.places[end]), steps=3)
    page.mouse.up()
    a, b = plane.latents[start], plane.latents[end]
    assert_shown(window, vae, b)
    for t in (0, 0.25, 0.5, 1):
        window.slide("#along", t)
        assert_shown(window, vae, (1 - t) * a + t * b)
    assert page.locator("#steps canvas").count() == 9
    for step in range(9):
        picture = window.pixels(f"#steps button:nth-child({step + 1}) canvas").astype(int)
        np.testing.assert_allclose(picture, expected(vae, a + step / 8 * (b - a)), atol=1)
    page.click("#steps button:nth-child(4)")
    assert_shown(window, vae, a + 3 / 8 * (b - a))
    assert page.get_attribute("#steps button:nth-child(4)", "aria-pressed") == "true"
    assert page.input_value("#along") == "0.375"


def random_samples(window, vae):
    page = window.page
    page.click("#random")
    drawn = window.latent()
    assert drawn.std() > 0.3
    assert_shown(window, vae, drawn)
    np.testing.assert_array_equal(window.pixels("#samples button:nth-child(1) canvas"), window.pixels())
    window.slide("#temperature", 0.5)
    assert_shown(window, vae, drawn / 2)
    assert page.inner_text("#temperature-value") == "0.50"
    page.click("#samples button:nth-child(2)")
    assert np.abs(window.latent() - drawn / 2).max() > 0.1
    page.click("#random")
    assert np.abs(window.latent() - drawn / 2).max() > 0.1
    window.slide("#temperature", 0)
    page.click("#random")
    assert_shown(window, vae, np.zeros(SIZE))
    for number in range(8):
        picture = window.pixels(f"#samples button:nth-child({number + 1}) canvas")
        np.testing.assert_array_equal(picture, window.pixels())
    window.slide("#temperature", 1)
    draws = page.evaluate(
        """async () => { const {drawFrom} = await import('/random.js');
          return Array.from({length: 20000}, () => drawFrom({mean: [1], stddev: [2]}).draw[0]); }"""
    )
    z = (np.array(draws) - 1) / 2
    # Five standard errors each of the first four moments of N(0, 1).
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - moment) < 5 * np.sqrt(variance / len(z))


def the_keys_of_the_map(window, vae, plane):
    page = window.page
    page.click("#reset")
    page.focus("#map")
    before = plane.of(window.latent())
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    place = before + plane.half * np.array([0.04, 0.24])
    start = plane.center + place @ plane.axes
    assert_shown(window, vae, start, near=1e-4)
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    end = start - 0.6 * plane.half * plane.axes[0]
    assert_shown(window, vae, end, near=1e-4)
    window.slide("#along", 0)
    assert_shown(window, vae, start, near=1e-4)
    page.focus("#map")
    page.keyboard.press("Escape")
    assert page.is_hidden("#path")


def another_file(window, vae, folder):
    page = window.page
    files = page.eval_on_selector_all("#variant option", "options => options.map(option => option.value)")
    assert files == ["decoder.tflite", "decoder-dynamic.tflite"]
    page.click("#random")
    of_keras = window.pixels()
    page.select_option("#variant", "decoder-dynamic.tflite")
    window.settle()
    runner = Interpreter(str(folder / "decoder-dynamic.tflite")).get_signature_runner("serving_default")
    of_phone = np.rint(255 * runner(latent=window.latent()[None])["mean"][0]).astype(int)
    found = window.pixels().astype(int)
    np.testing.assert_allclose(found[..., :1], of_phone, atol=1)
    # Eight bits are not none, and not everything.
    error = np.abs(found - of_keras)
    assert 0 < error.max() <= np.abs(of_phone - of_keras[..., :1]).max() + 1
    first = window.pixels("#samples button:nth-child(1) canvas")
    np.testing.assert_array_equal(first, window.pixels())
    page.select_option("#variant", "decoder.tflite")
    window.settle()
    np.testing.assert_array_equal(window.pixels(), of_keras)


def whatever_dtype(window):
    """A decoder whose output is uint8, and pictures in colour or of another range."""
    drawn = window.page.evaluate(
        """async () => { const {draw} = await import('/picture.js');
          const canvas = document.createElement('canvas');
          const shown = (values, dtype, channels, range) => {
            draw(canvas, {values, dtype}, {image_shape: [1, 2, channels], value_range: range});
            return [...canvas.getContext('2d').getImageData(0, 0, 2, 1).data]; };
          return [shown([7, 255], 'uint8', 1, [0, 1]), shown([0, .5, 1, 1.5, -1, .2], 'float32', 3, [0, 1]),
            shown([-1, 0], 'float32', 1, [-1, 1])]; }"""
    )
    assert drawn[0] == [7, 7, 7, 255, 255, 255, 255, 255]
    assert drawn[1] == [0, 128, 255, 255, 255, 0, 51, 255]
    assert drawn[2] == [0, 0, 0, 255, 128, 128, 128, 255]


def a_decoder_that_is_none(window, folder):
    content = (folder / "decoder-dynamic.tflite").read_bytes()
    (folder / "decoder-dynamic.tflite").write_bytes(b"no model")
    before = window.pixels()
    window.page.select_option("#variant", "decoder-dynamic.tflite")
    window.page.wait_for_selector("#problem:visible")
    assert window.page.inner_text("#problem")
    assert window.page.get_attribute("#problem", "role") == "alert"
    # The one that was there still is.
    np.testing.assert_array_equal(window.pixels(), before)
    assert window.page.input_value("#variant") == "decoder.tflite"
    (folder / "decoder-dynamic.tflite").write_bytes(content)


def everything_has_a_name(window):
    found = window.names()
    controls = [
        (role, name) for role, name in found if role in {"slider", "button", "combobox", "image", "application"}
    ]
    assert len(controls) > SIZE + 10
    assert all(name for _, name in controls), controls
    names = [name for _, name in controls]
    for name in ("Temperature", "Random", "Reset", "Map", "Dimension 12", "Random sample 8 of 8"):
        assert any(name in known for known in names), name
    assert [name for role, name in found if role == "heading"] == ["digits", "Decoded", "Map", "Dimensions"]


def test_a_conditional_model_on_a_phone(conditional):
    vae, folder = conditional
    with browser.window(folder, width=360, height=740, touch=True) as window:
        page, plane = window.page, Map(window, folder)
        assert plane.about["map"]["kind"] == "latents"
        assert_shown(window, vae, np.zeros(2), 0)
        page.select_option("#label", "3")
        assert_shown(window, vae, np.zeros(2), 3)
        page.click("#random")
        assert_shown(window, vae, window.latent(), 3)
        np.testing.assert_array_equal(window.pixels("#samples button:nth-child(1) canvas"), window.pixels())
        example = plane.lonely()[0]
        label = plane.about["labels"][example]
        page.touchscreen.tap(*plane.to_screen(plane.places[example]))
        assert_shown(window, vae, plane.latents[example], label)
        assert page.input_value("#label") == str(label)
        swipe(window, plane, plane.lonely()[0], plane.lonely()[1])
        assert_shown(window, vae, plane.latents[plane.lonely()[1]], label)
        assert page.is_visible("#along")
        page.select_option("#label", str((label + 1) % 10))
        middle = plane.latents[list(plane.lonely()[:2])].mean(axis=0)
        picture = window.pixels("#steps button:nth-child(5) canvas").astype(int)
        np.testing.assert_allclose(picture, expected(vae, middle, (label + 1) % 10), atol=1)
        # Names that are too long to be written on the map are in a legend.
        assert page.locator("#legend li").all_inner_texts() == [f"digit {label}" for label in range(10)]
        for width in (360, 320):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert window.faults == []


def swipe(window, plane, start, end):
    """Drags a finger over the map."""
    session = window.page.context.new_cdp_session(window.page)
    a, b = (np.array(plane.to_screen(plane.places[index])) for index in (start, end))
    for kind, t in (("touchStart", 0), ("touchMove", 0.3), ("touchMove", 0.7), ("touchMove", 1), ("touchEnd", None)):
        points = [] if t is None else [dict(zip("xy", (a + t * (b - a)).tolist(), strict=True))]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_webgpu_where_there_is_one(plain):
    vae, folder = plain
    with browser.window(folder, flags=_SOFTWARE_GPU) as window:
        if window.page.is_hidden("#engine-field"):
            pytest.skip("this Chromium has no software GPU")
        window.page.click("#random")
        z, as_wasm = window.latent(), window.pixels()
        window.page.select_option("#engine", "webgpu")
        assert_shown(window, vae, z)
        np.testing.assert_allclose(window.pixels().astype(int), as_wasm, atol=1)
        assert window.page.input_value("#engine") == "webgpu"
        assert window.page.is_hidden("#problem")
        assert not [text for text in window.warnings if "Falling back" in text or "Partially" in text]
        assert window.faults == []
