"""How far a run's latents are the factors of data whose factors are known."""

from tfvae_cli import likeness, modalities
from tfvae_cli.problem import Problem

_ROWS = (
    ("mutual_information_gap", "mutual information gap"),
    ("modularity", "modularity"),
    ("separated_attribute_predictability", "SAP"),
    ("disentanglement", "DCI disentanglement"),
    ("completeness", "DCI completeness"),
    ("informativeness", "DCI informativeness"),
    ("factor_vae", "FactorVAE score"),
    ("beta_vae", "beta-VAE score"),
)


def check(vae, options, info):
    """Refuses data whose factors aren't known, and a model whose latents are of the labels."""
    if not options.factors:
        return
    if info.factor_names is None:
        raise Problem(
            f"--factors: the factors of {info.name} aren't known. Those of sprites are, and of datasets of TFDS with "
            "features label_..., such as dsprites and shapes3d. Leave it out."
        )
    if modalities.needs_labels(vae):
        raise Problem("--factors: this model is told the labels, and its latents are about the rest. Leave it out.")


def measure(opened, vae, options):
    """Returns the scores of `evaluation.disentanglement`, and what each latent says of each factor, for JSON."""
    from tfvae import evaluation

    dataset, info = opened.images(labels=True)
    found = evaluation.disentanglement(vae, dataset, seed=options.seed)
    scores = {name: likeness.number(getattr(found, name)) for name, _ in _ROWS}
    tables = {name: getattr(found, name).tolist() for name in ("mutual_information", "importance")}
    return {"names": list(info.factor_names), **scores, **tables}


def rows(found):
    """Returns the lines of a table, of `measure`'s result or None."""
    if found is None:
        return []
    head = [("", "", ""), ("latents and factors", "", "")]
    return head + [(label, likeness.text(found[name], 3), "") for name, label in _ROWS]
