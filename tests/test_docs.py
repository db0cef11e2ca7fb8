"""The documents say what is true: their code runs, their links lead somewhere, their lists are whole."""

import ast
import doctest
import functools
import importlib.util
import inspect
import pathlib
import re
import subprocess
import sys
import warnings

import pytest

import tfvae
from tfvae import (
    callbacks,
    data,
    evaluation,
    export,
    families,
    flows,
    latent,
    networks,
    priors,
    recipes,
    schedules,
    terms,
)

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
SUBPACKAGES = (callbacks, data, evaluation, export, families, flows, networks, priors, recipes, terms)
# Public for other modules, and no parts that a reader of the README picks.
UNLISTED = {"by_format", "run", "takes_condition"}
SCRIPTS = (
    "prepare_pictures",
    "benchmark",
    "documents/copied_digits.py",
    "documents/counts.py",
    "documents/document_recipes",
    "documents/false_alarms.py",
    "documents/gradient_noise.py",
    "documents/impute_tables.py",
    "documents/make_explorer_picture.py",
    "documents/make_readme_pictures.py",
    "documents/mobile.py",
    "documents/naive_estimator.py",
    "documents/outliers.py",
    "documents/relink_docs.py",
    "documents/sparse.py",
)

# What `docs/peers.md` has a row of.
PEERS = {
    "pythae: models": (
        "AE VAE BetaVAE DisentangledBetaVAE BetaTCVAE FactorVAE INFOVAE_MMD IWAE MIWAE PIWAE CIWAE MSSSIM_VAE "
        "WAE_MMD Adversarial_AE VAEGAN VQVAE RAE_GP RAE_L2 VAMP VAE_LinNF VAE_IAF SVAE PoincareVAE HVAE RHVAE "
        "MADE MAF IAF PlanarFlow RadialFlow PixelCNN"
    ),
    "pythae: samplers": (
        "NormalSampler GaussianMixtureSampler TwoStageVAESampler MAFSampler IAFSampler VAMPSampler "
        "PixelCNNSampler HypersphereUniformSampler PoincareDiskSampler RHVAESampler"
    ),
    "PyTorch-VAE": (
        "VanillaVAE ConditionalVAE WAE_MMD BetaVAE BetaTCVAE FactorVAE IWAE MIWAE DFCVAE MSSIMVAE "
        "CategoricalVAE JointVAE InfoVAE LogCoshVAE SWAE VQVAE DIPVAE HVAE LVAE VampVAE GammaVAE TwoStageVAE"
    ),
    "disentanglement_lib": (
        "BetaVAE AnnealedVAE FactorVAE DIPVAE BetaTCVAE S2BetaVAE S2FactorVAE S2DIPVAE S2BetaTCVAE MineVAE "
        "SupervisedVAE GroupVAELabels GroupVAEArgmax MLVaeLabels MLVaeArgmax"
    ),
    "disentanglement_lib: metrics": (
        "mig modularity_explicitness sap_score dci factor_vae_metric beta_vae_sklearn irs"
    ),
}


def _load(name):
    spec = importlib.util.spec_from_file_location(pathlib.Path(name).name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


relink_docs = _load("documents/relink_docs")
DOCUMENTS = relink_docs.documents()
IDS = [document.name for document in DOCUMENTS]


def _section(text, title):
    """Returns what stands under a heading, up to the next one of any level."""
    return re.split(r"^#+ ", text.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def _slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def test_the_code_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    # One program in several blocks: the later ones use the models and files of the earlier.
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    assert len(blocks) >= 3
    monkeypatch.chdir(tmp_path)
    program = "\n".join(blocks)
    for slow, quick in (("epochs=50", "epochs=2"), ("num_samples=1000", "num_samples=10")):
        assert slow in program
        program = program.replace(slow, quick)
    names = {}
    exec(compile(program, "README.md", "exec"), names)
    assert names["images"].shape == (16, 8, 8, 1)
    assert names["image"].shape == (1, 8, 8, 1)
    assert names["sevens"].shape == (5, 8, 8, 1)
    assert isinstance(names["vae"], tfvae.VAE)
    assert (tmp_path / "saved_models" / "digits" / "1" / "saved_model.pb").is_file()
    assert capsys.readouterr().out.rstrip().splitlines()[-1].strip()


def test_the_code_of_the_tour_runs():
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "tour.md").read_text(), flags=re.S)
    assert "epochs=50" in block
    names = {}
    exec(compile(block.replace("epochs=50", "epochs=2"), "docs/tour.md", "exec"), names)
    assert names["samples"].shape == (16, 8, 8, 1)


def test_the_code_of_the_page_on_data_runs():
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "data.md").read_text(), flags=re.S)
    names = {}
    exec(compile(block, "docs/data.md", "exec"), names)
    assert names["train"].element_spec == names["validation"].element_spec


@pytest.mark.slow
def test_the_code_of_the_page_on_counts_runs():
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "counts.md").read_text(), flags=re.S)
    names = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a warm-up that is longer than this
        exec(compile("\n".join(blocks), "docs/counts.md", "exec"), names)
    assert names["found"].num_examples > 100


@pytest.mark.slow
def test_the_code_of_the_page_on_scikit_learn_runs(capsys):
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "sklearn.md").read_text(), flags=re.S)
    quick, found = re.subn(r"(VAE\w+\()(?=.*random_state)", r"\1epochs=1, ", block)
    assert found == 5
    for long, short in (("cv=3", "cv=2"), ("KFold(3", "KFold(2"), ("[1, 2, 4]", "[1, 2]")):
        assert long in quick
        quick = quick.replace(long, short)
    names = {}
    exec(compile(quick, "docs/sklearn.md", "exec"), names)
    assert len(capsys.readouterr().out.splitlines()) == len(re.findall("^ *print", block, flags=re.M)) + 3
    assert names["search"].best_params_["latent_size"] in (1, 2)


def test_the_code_of_the_page_on_tables_runs(capsys):
    text = (ROOT / "docs" / "tables.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    assert "epochs=50" in block
    names = {}
    exec(compile(block.replace("epochs=50", "epochs=1"), "docs/tables.md", "exec"), names)
    assert capsys.readouterr().out in text
    assert names["drawn"]["age"].shape == (100,)


def test_the_sentences_of_the_readme_are_code():
    spans = re.findall(r"`([^`]+\(.*?)`", _section(README, "A paper is a sentence"))
    assert len(spans) > 8
    parts = (terms, families, flows, priors, networks, schedules, data, recipes)
    scope = {part.__name__.split(".")[-1]: part for part in parts}
    for span in spans:
        assert eval(span, scope), span


@pytest.mark.slow
def test_the_troubles_are_what_they_are_said_to_be():
    path = ROOT / "docs" / "troubleshooting.md"
    assert len(re.findall(r"^### \d+\. ", path.read_text(), flags=re.M)) == 20
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the examples are of trouble
        result = doctest.testfile(str(path), module_relative=False, optionflags=flags)
    assert result.attempted > 40
    assert result.failed == 0


def test_the_list_of_parts_is_whole():
    table = _section(README, "Parts")
    named = {name.split(".")[-1] for name in re.findall(r"`([^`]+)`", table)}
    public = {name for package in SUBPACKAGES for name in package.__all__} | {"Linear"}
    assert public - UNLISTED <= named, f"README.md's table lacks {sorted(public - UNLISTED - named)}"
    # And holds nothing that doesn't exist.
    for row in re.findall(r"^\| (\w+)[^|]*\|[^|]*\|(.*)\|$", table, flags=re.M):
        holder = {"preprocessing": "data", "datasets": "data"}.get(row[0], row[0])
        if hasattr(tfvae, holder):
            code = [name for name in re.findall(r"`([A-Za-z_.]+)`", row[1]) if not name.startswith("keras.")]
            missing = [name for name in code if not hasattr(getattr(tfvae, holder), name.split(".")[-1])]
            assert not missing, f"{holder} has no {missing}"


def test_the_layout_has_every_module_and_nothing_else():
    layout = _section(README, "Layout")
    assert {path.name for path in (ROOT / "tfvae").glob("[!_]*.py")} <= set(re.findall(r"\w+\.py", layout))
    for name in re.findall(r"[\w/]+\.py|\w+/", layout):
        assert any((folder / name).exists() for folder in (ROOT, ROOT / "tfvae", ROOT / "scripts")), name


@functools.cache
def _modules():
    """Returns {module: modules of tfvae that it imports}, by what stands directly under tfvae/."""
    imported = {}
    for file in (ROOT / "tfvae").rglob("*.py"):
        name = file.relative_to(ROOT / "tfvae").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text())):
            if name != "__init__" and isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "tfvae":
                inner = node.module.split(".")[1:2] or [alias.name for alias in node.names]
                imported.setdefault(name, set()).update(inner)
        imported.setdefault(name, set())
    return {name: found - {name} for name, found in imported.items() if name != "__init__"}


def test_the_layers_are_those_of_the_code():
    text = _section(ARCHITECTURE, "The modules")
    listed = re.findall(r"^\| \[([\w]+)(?:\.py|/)\]", text, flags=re.M)
    assert sorted(listed) == sorted(_modules())
    rows = [row.strip().split(" | ") for row in re.findall(r"^    (\w+(?: \| \w+)*)$", text, flags=re.M)]
    height = {name: number for number, row in enumerate(reversed(rows)) for name in row}
    assert sorted(height) == sorted(_modules())
    upwards = {(a, b) for a, found in _modules().items() for b in found if height[b] >= height[a]}
    assert upwards == {("vae", "export")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_links_to_lines_hold(document):
    faults = [relink_docs.fault(*link) for link in relink_docs.links(document)]
    faults = [fault for fault in faults if fault]
    assert not faults, "run scripts/documents/relink_docs.py, or correct the documents:\n" + "\n".join(faults)


def test_the_theory_is_linked_to_the_code():
    assert len(relink_docs.links(ROOT / "docs" / "theory.md")) > 20


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_link_to_a_line_names_its_code(document):
    # A link to a line in any other form would escape the test above.
    lines = re.findall(r"\]\([^)\s]+#L\d+\)", document.read_text())
    assert len(lines) == len(relink_docs.links(document))


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_relative_links_and_pictures_exist(document):
    prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        assert file.exists(), f"{document.name} links to {target}"
        if file.suffix == ".md" and anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), flags=re.M)
            assert anchor in map(_slug, headings), f"{document.name} links to {target}"


@functools.cache
def _tests():
    """Returns the names of all tests, of which to parse the files takes a second."""
    return {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_a_test_that_is_named_exists(document):
    tests = _tests()
    prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.S)
    for name in re.findall(r"\btest_\w+\b(?!\.py)", prose):
        assert name in tests, f"{document.name} names {name}"


@pytest.mark.parametrize("name", recipes.__all__)
def test_the_page_of_recipes_has_what_the_docstring_says(name):
    page = (ROOT / "docs" / "recipes.md").read_text()
    part = page.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    part += " ".join(part.split())  # the paper's lines are broken elsewhere
    summary, equation, reference, *_ = inspect.getdoc(getattr(recipes, name)).split("\n\n")
    for text in (summary, equation, " ".join(reference.split()), f"pictures/recipes/{name}.png"):
        assert text in part, "run scripts/documents/document_recipes, with --render if nothing but words changed"
    assert len(re.findall(rf"^\| \[`{name}`\].*\d\.\d\d \|", page, flags=re.M)) == 1, "it has no figures"


@pytest.mark.parametrize("peer", PEERS)
def test_the_page_of_peers_has_all_of_theirs_and_names_what_is_here(peer):
    section = _section((ROOT / "docs" / "peers.md").read_text(), peer)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, flags=re.M))
    assert sorted(rows) == sorted(PEERS[peer].split())
    scope = {part.__name__.split(".")[-1]: part for part in (*SUBPACKAGES, latent, tfvae)}
    for name, row in rows.items():
        named = set(re.findall(r"`recipes\.(\w+)`", row))
        missing = named - set(recipes.__all__)
        assert not missing, f"{name}: there is no recipe {missing}"
        for span in re.findall(r"`((?:flows|families|priors|terms|networks|latent|evaluation)\.[^`]+)`", row):
            assert eval(span, scope) is not None, span


def test_pictures_are_small():
    pictures = list((ROOT / "docs" / "pictures").rglob("*.png"))
    assert pictures
    assert all(picture.stat().st_size < 200_000 for picture in pictures)


def test_relink_finds_code_that_moved(tmp_path):
    (tmp_path / "code.py").write_text("a = 1\n\nb = [2]\n")
    document = tmp_path / "text.md"
    document.write_text("See [`b = [2]`](code.py#L1).\n")
    assert relink_docs.fault(*relink_docs.links(document)[0]) is not None
    assert relink_docs.relink(document) == 1
    assert document.read_text() == "See [`b = [2]`](code.py#L3).\n"
    assert relink_docs.fault(*relink_docs.links(document)[0]) is None
    document.write_text("See [`c = 3`](code.py#L1).\n")
    with pytest.raises(ValueError, match="no line with 'c = 3'"):
        relink_docs.relink(document)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_answer_without_loading_tensorflow(script):
    command = [sys.executable, "-X", "importtime", str(ROOT / "scripts" / script), "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("usage:")
    assert "tensorflow" not in answer.stderr
