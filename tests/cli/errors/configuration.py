"""The configuration."""

import numpy as np

from tests.cli.errors.words import A_NUMBER, DIGITS, TRAIN

# A model part by part, to which a row adds what is wrong with it.
PARTS = """[dataset]
name = "digits"
[model]
latent_size = 2
encoder = {part = "mlp_encoder"}
posterior = {part = "Normal"}
prior = {part = "StandardNormal"}
decoder = {part = "mlp_decoder"}
likelihood = {part = "Bernoulli"}
preprocessing = {part = "Binarize"}
"""
TERMS = '[[model.objective]]\npart = "NegativeLogLikelihood"\n'
# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
    "no dataset": (TRAIN, ["No dataset", "tfvae datasets", "--dataset digits"]),
    "no file": ("train nothing.toml", [r"no file nothing\.toml", "TOML"]),
    "a folder as configuration": ("train folder", ["folder is a folder", r"config\.toml"], lambda h: h.empty("folder")),
    "binary": (
        "train c.toml",
        [r"c\.toml is not text in UTF-8", "TOML"],
        lambda h: (h.folder / "c.toml").write_bytes(b"\xff\xfe\0"),
    ),
    "malformed": (
        "train c.toml",
        [r"c\.toml is no TOML", "line 2"],
        lambda h: h.toml('[dataset]\nname = "digits\n'),
    ),
    "key twice": (
        "train c.toml",
        [r"c\.toml is no TOML", "overwrite", "line 3"],
        lambda h: h.toml("[fit]\nepochs = 1\nepochs = 2\n"),
    ),
    "section": (
        "train c.toml",
        [r"c\.toml, line 3, modle", "Unknown key 'modle'", "Did you mean model"],
        lambda h: h.toml('[dataset]\nname = "digits"\n[modle]\n'),
    ),
    "dataset key": (
        TRAIN + "c.toml",
        [r"c\.toml, line 3, dataset\.batchsize", "Did you mean batch_size"],
        lambda h: h.toml('[dataset]\nname = "digits"\nbatchsize = 3\n'),
    ),
    "fit key": (
        "train c.toml",
        [r"c\.toml, line 2, fit\.epoch", "Unknown key 'epoch'", "Did you mean epochs"],
        lambda h: h.toml("[fit]\nepoch = 3\n"),
    ),
    "argument of a recipe": (
        DIGITS + "c.toml",
        [r"c\.toml, line 3, model\.bta", "argument of beta_vae 'bta'", "Did you mean beta"],
        lambda h: h.toml('[model]\nrecipe = "beta_vae"\nbta = 2.0\n'),
    ),
    "recipe in a file": (
        DIGITS + "c.toml",
        [r"c\.toml, line 2, model\.recipe", "'iwea'", "Did you mean iwae"],
        lambda h: h.toml('[model]\nrecipe = "iwea"\n'),
    ),
    "recipe and objective": (
        DIGITS + "c.toml",
        [r"c\.toml, line 3, model\.objective", "contradicts", "'vae'", "Leave one of them out"],
        lambda h: h.toml('[model]\nrecipe = "vae"\n[[model.objective]]\npart = "KL"\n'),
    ),
    "recipe flag and objective": (
        DIGITS + "--recipe iwae c.toml",
        [r"c\.toml, line 1, model\.objective", "contradicts", "'iwae'"],
        lambda h: h.toml('[[model.objective]]\npart = "KL"\n'),
    ),
    "no table": (
        "train c.toml",
        [r"c\.toml, line 1, dataset", r"table, \[dataset\]", "'digits'"],
        lambda h: h.toml('dataset = "digits"\n'),
    ),
    "epochs of another type": (
        DIGITS.replace("--epochs 1", "") + "c.toml",
        [r"c\.toml, line 2, fit\.epochs", A_NUMBER, "'many'"],
        lambda h: h.toml('[fit]\nepochs = "many"\n'),
    ),
    "epochs true": (
        "train --dataset digits c.toml",
        [r"c\.toml, line 2, fit\.epochs", A_NUMBER, "True"],
        lambda h: h.toml("[fit]\nepochs = true\n"),
    ),
    "latent size 0": (
        DIGITS + "c.toml",
        [r"c\.toml, line 2, model\.latent_size", A_NUMBER, "0"],
        lambda h: h.toml("[model]\nlatent_size = 0\n"),
    ),
    "seed of another type": (
        DIGITS + "c.toml",
        [r"c\.toml, line 1, seed", "whole number", r"0\.5"],
        lambda h: h.toml("seed = 0.5\n"),
    ),
    "dataset is a number": (
        "train c.toml",
        [r"c\.toml, line 2, dataset\.name", "expected a name or a path", "3"],
        lambda h: h.toml("[dataset]\nname = 3\n"),
    ),
    "data_dir is a number": (
        "train c.toml",
        [r"c\.toml, line 3, dataset\.data_dir", "expected a name or a path", "3"],
        lambda h: h.toml('[dataset]\nname = "mnist"\ndata_dir = 3\n'),
    ),
    "batch size of another type": (
        TRAIN + "c.toml",
        [r"c\.toml, line 3, dataset\.batch_size", A_NUMBER, "'big'"],
        lambda h: h.toml('[dataset]\nname = "digits"\nbatch_size = "big"\n'),
    ),
    "callbacks no array": (
        DIGITS + "c.toml",
        [r"c\.toml, line 2, fit\.callbacks", r"\[\[fit\.callbacks\]\]", "'all'"],
        lambda h: h.toml('[fit]\ncallbacks = "all"\n'),
    ),
    "part": (
        TRAIN + "c.toml",
        [r"c\.toml, line 14, model\.objective\.1\.part", "part for objective 'Kl'", "Did you mean KL"],
        lambda h: h.toml(PARTS + TERMS + '[[model.objective]]\npart = "Kl"\n'),
    ),
    "argument of a part": (
        TRAIN + "c.toml",
        [r"c\.toml, line 15, model\.objective\.1\.free_bit", "argument of KL 'free_bit'", "Did you mean free_bits"],
        lambda h: h.toml(PARTS + TERMS + '[[model.objective]]\npart = "KL"\nfree_bit = 0.1\n'),
    ),
    "value of a part": (
        TRAIN + "c.toml",
        [r"c\.toml, line 15, model\.objective\.1\.free_bits", "`free_bits`", r"-1\.0"],
        lambda h: h.toml(PARTS + TERMS + '[[model.objective]]\npart = "KL"\nfree_bits = -1.0\n'),
    ),
    "part without name": (
        TRAIN + "c.toml",
        [r"c\.toml, line 13, model\.objective\.1", "expected the key 'part'", "'weight'"],
        lambda h: h.toml(PARTS + TERMS + "[[model.objective]]\nweight = 2.0\n"),
    ),
    "part's name is a number": (
        DIGITS + "--set model.prior.part=3",
        [r"model\.prior\.part", "a string", "3"],
    ),
    "part of another kind": (
        DIGITS + "--set model.prior.part=families.Normal",
        [r"model\.prior\.part", r"'families\.Normal'", "StandardNormal"],
    ),
    "part where none is": (
        DIGITS + "--set compile.jit_compile.part=Yes",
        [r"compile\.jit_compile\.part", "Unknown part for jit_compile 'Yes'", "Linear"],
    ),
    "parts missing": (
        DIGITS + "--set model.encoder.part=mlp_encoder",
        ["without a recipe", "Missing: posterior, prior, decoder, likelihood, objective", 'recipe = "vae"'],
    ),
    "optimizer": (
        DIGITS + "--set compile.optimizer.part=Adm",
        [r"compile\.optimizer\.part", "'Adm'", "Did you mean Adam"],
    ),
    "compile argument": (
        DIGITS + "--set compile.optimiser=x",
        [r"compile\.optimiser", "argument of compile 'optimiser'", "Did you mean optimizer"],
    ),
    "set without =": (TRAIN + "--set model.beta", ["--set model.beta", r"KEY=VALUE, such as --set model\.beta=4\.0"]),
    "set without key": (TRAIN + "--set =4", ["--set =4", "KEY=VALUE"]),
    "set no TOML": (TRAIN + "--set model.beta=[1,", ["--set model.beta=", "no TOML", "Quote a string"]),
    "set below a number": (
        TRAIN + "c.toml --set seed.first=3",
        [r"--set seed\.first=3", "seed is no table", "'first'"],
        lambda h: h.toml("seed = 3\n"),
    ),
    "set of another type": (DIGITS + "--set fit.validation_freq=often", [r"fit\.validation_freq", A_NUMBER, "'often'"]),
    # Parts that don't fit.
    "decoder of another size": (
        TRAIN + "c.toml",
        [r"c\.toml, line 3, model", r"8, 8, 1", r"28, 28"],
        lambda h: h.toml(
            PARTS.replace('"mlp_decoder"', '"conv_decoder", image_shape = [28, 28]')
            + TERMS
            + '[[model.objective]]\npart = "KL"\n'
        ),
    ),
    "strides that don't divide": (
        TRAIN + "--dataset x.npy --recipe vae --set model.encoder.part=conv_encoder",
        [r"model\.encoder", "10, 10", "divi|multiple"],
        lambda h: h.array(np.zeros((100, 10, 10), "uint8")),
    ),
    "hidden labels for a model that needs all": (
        TRAIN + "--dataset digits --recipe conditional_vae --labels 100",
        [r"dataset\.num_labels", "no label that may be unknown", "--recipe semi_supervised_vae"],
    ),
    "hidden labels for a model of none": (
        TRAIN + "--dataset digits --recipe vae --labels 100",
        [r"dataset\.num_labels", "no label that may be unknown"],
    ),
    "more labels than examples": (
        TRAIN + "--dataset digits --recipe semi_supervised_vae --labels 5000",
        [r"dataset\.num_labels", r"1\.\.1437"],
    ),
    "no classes": (
        TRAIN + "--dataset x.npy --recipe conditional_vae",
        [r"model\.recipe", "no classes", "such as digits or a folder"],
        lambda h: h.array(np.zeros((100, 8, 8), "uint8")),
    ),
}
