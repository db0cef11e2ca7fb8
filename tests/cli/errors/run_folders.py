"""The run folder."""

from tests.cli.errors.broken import edit_config, held, keep_half, no_permission, no_space
from tests.cli.errors.here import Here
from tests.cli.errors.words import DIGITS

# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
    "output is a file": (
        DIGITS,
        ["out is a file", "--output another"],
        lambda h: h.text("out"),
    ),
    "output below a file": (
        "train --dataset digits --output a.txt/out",
        [r"a\.txt is a file", "--output another"],
        lambda h: h.text("a.txt"),
    ),
    "output of somebody else": (
        DIGITS,
        ["out is not empty, and not the folder of a run", "--output another"],
        lambda h: h.text("out/thesis.txt"),
    ),
    "configuration of somebody else": (
        DIGITS + "--overwrite",
        ["out is not empty, and not the folder of a run", "--output another"],
        lambda h: h.text("out/config.toml", "[dataset]\n"),
    ),
    "run exists": (
        "train --dataset digits --output run",
        ["run holds a run already", "--resume", "--overwrite", "--output another"],
        Here.run,
    ),
    "no permission": (
        "train --dataset digits --output closed/run",
        ["No permission to write in .*closed", "--output another"],
        no_permission,
    ),
    "no space": (DIGITS, ["No space left on device", "Make room"], no_space),
    "resume what": ("train --resume", ["--resume needs the run", "--output runs/NAME"]),
    "resume nothing": ("train --resume --output run", ["run is not the folder of a run", "without --resume"]),
    "resume another folder": (
        "train --resume --output out",
        ["out is not the folder of a run", r"no \[versions\]", "without --resume"],
        lambda h: h.text("out/config.toml", "[dataset]\n"),
    ),
    "resume another version": (
        "train --resume --output run",
        [r"run was written by tfvae 0\.0\.1", r"pip install tfvae==0\.0\.1", "--output another"],
        lambda h: edit_config(h, 'tfvae = "0.1.0"', 'tfvae = "0.0.1"'),
    ),
    "resume a damaged configuration": (
        "train --resume --output run",
        [r"run/config\.toml is no TOML", "line 1"],
        lambda h: edit_config(h, "seed =", "seed"),
    ),
    "resume with another model": (
        "train --resume --output run --latent-size 3 --seed 1",
        ["--resume goes on with the run's own", "--latent-size, --seed", "Leave that out"],
        Here.run,
    ),
    "resume and set": ("train --resume --output run --set seed=1", ["--resume", "no --set"], Here.run),
    "resume and overwrite": ("train --resume --output run --overwrite", ["--resume", "no --overwrite"], Here.run),
    "resume with a damaged checkpoint": (
        "train --resume --output run --epochs 2",
        [r"last\.npz is damaged", r"tfvae train run/config\.toml --output another"],
        lambda h: keep_half(h.run() / "checkpoints" / "last.npz"),
    ),
    "two at once, overwrite": (
        "train --dataset digits --output run --overwrite",
        ["Another process is writing to run", "Wait for it", "--output another"],
        lambda h: held(h, h.run()),
    ),
    "two at once, resume": (
        "train --resume --output run --epochs 2",
        ["Another process is writing to run", "Wait for it"],
        lambda h: held(h, h.run()),
    ),
}
