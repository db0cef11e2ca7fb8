"""`tfvae doctor`: what of a trained model loses nats, and what would win them back."""

import json

from tfvae_cli.likeness import number
from tfvae_cli.opened import Opened, file_name


def doctor(options):
    """Writes and prints what a model loses nats by. Returns the exit status."""
    split = options.split or "test"
    opened = Opened(options, f"diagnosis-{file_name(split)}.json")
    vae = opened.load()
    train, of_train = opened.images("train")
    test, info = opened.images()
    from tfvae import diagnosis
    from tfvae.files import whole

    found = diagnosis.diagnose(vae, train, test, seed=options.seed)
    result = {
        "model": str(opened.model_path),
        "dataset": info.name,
        "split": info.split,
        "images": info.num_examples,
        "training_images": of_train.num_examples,
        "elbo": number(found.elbo),
        "findings": [_plain(each) for each in found.findings],
        "not_certain": [_plain(each) for each in found.others],
    }
    opened.output.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(opened.output) as temporary:
        temporary.write_text(json.dumps(result, indent=2) + "\n")
    if not options.quiet:
        print(f"{opened.model_path} on {info.num_examples:,} images, {info.name} {info.split}\n{found}")
        print(f"\n{opened.output}")
    return 0


def _plain(finding):
    from tfvae.component import described

    return {
        "part": finding.part,
        "says": finding.says,
        "relation": finding.relation,
        "nats": number(finding.nats),
        "advice": finding.advice,
        "change": {name: described(part) for name, part in finding.change.items()},
    }
