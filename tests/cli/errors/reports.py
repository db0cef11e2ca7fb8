"""Reports."""

import shutil

from tests.cli.errors.broken import no_permission
from tests.cli.errors.here import Here


def two(here, entry=""):
    """Two runs, the second with another entry for its data."""
    first = here.run()
    second = shutil.copytree(first, here.folder / "other")
    config = second / "config.toml"
    config.write_text(config.read_text().replace("[dataset]\n", f"[dataset]\n{entry}"))


# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
    "report on nothing": ("report", ["required: RUN"]),
    "report on no run": ("report nothing", [r"no run folder or \.keras file nothing", "tfvae train"]),
    "report on a run and no run": ("report run nothing", [r"no run folder or \.keras file nothing"], Here.run),
    "report on a folder": ("report here", ["here is not the folder of a run"], lambda h: h.empty("here")),
    "report on a model whose data nobody knows": ("report m.keras", ["--dataset digits"], Here.model),
    "report on no examples": ("report run --examples 0", ["--examples", "1 or more", "'0'"]),
    "report twice on a run": ("report run ./run", ["run was named twice", "once"], Here.run),
    "report on runs of other images": (
        "report run other",
        ["run would be .* digits test and other .* digits validation", "other images", "--dataset NAME"],
        lambda h: two(h, 'test_split = "validation"\n'),
    ),
    "report as a picture": ("report run --output a.png", [r"--output a\.png", r"\*\.html"], Here.run),
    "a report that exists": (
        "report run --output a.html",
        [r"a\.html exists", "--overwrite"],
        lambda h: (h.run(), h.text("a.html")),
    ),
    "a report whose figures exist": (
        "report run --output a.html",
        [r"a\.json exists", "--overwrite"],
        lambda h: (h.run(), h.text("a.json")),
    ),
    "a report whose figures would be a folder": (
        "report run --output a.html --overwrite",
        [r"a\.json is a folder", "--output another"],
        lambda h: (h.run(), h.empty("a.json")),
    ),
    "a report without permission": (
        "report run --output closed/a.html",
        ["No permission to write in .*closed"],
        lambda h: (h.run(), no_permission(h)),
    ),
}
