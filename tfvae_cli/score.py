"""`tfvae score`: how normal each image of a dataset is, as a table."""

import csv

from tfvae_cli import typical
from tfvae_cli.opened import Opened, file_name
from tfvae_cli.problem import Problem

_COLUMNS = ("example", "log_likelihood", "standard_error", "p_value")
# At which the line that is printed counts images.
_LEVEL = 0.05


def score(options):
    """Writes log p(x), its error and a p-value of each image. Returns the exit status."""
    split = options.split or "test"
    opened = Opened(options, f"scores-{file_name(split)}.csv")
    typical.check(opened)
    vae = opened.load()
    dataset, info = opened.images()
    normal, of_normal = typical.calibrated(opened, options.num_samples, options.seed)
    if (info.name, info.split) == (of_normal.name, of_normal.split):
        raise Problem(
            f"--split {split}: these are the images that calibrate p-values, and of an image among them there is none. "
            "Name another split or --dataset."
        )
    from tfvae import evaluation

    found = evaluation.log_likelihood(vae, dataset, options.num_samples, options.seed, verbose=typical.verbose())
    p_values = normal.of_scores(-found.per_example)
    _write(opened.output, zip(found.per_example, found.per_example_error, p_values, strict=True))
    alarms = int((p_values <= _LEVEL).sum())
    print(
        f"{opened.output}  {len(p_values):,} images, {alarms:,} of them with a p-value of at most {_LEVEL}, by "
        f"{len(normal.calibration):,} images of {of_normal.name} {of_normal.split}"
    )
    return 0


def _write(path, rows):
    from tfvae.files import whole

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows((number, *map(float, row)) for number, row in enumerate(rows))
