"""What is typed."""

from tests.cli.errors.words import A_NUMBER, DIGITS, TRAIN

# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
    "command": ("tran", ["Unknown command 'tran'", "Did you mean train", "tfvae --help"]),
    "command, nothing near": ("fly", ["'fly'", "Expected one of: train, sweep, evaluate"]),
    "flag of the program": ("--versoin", ["'--versoin'", "Did you mean --version"]),
    "flag": (DIGITS + "--latent-sise 3", ["'--latent-sise'", "Did you mean --latent-size"]),
    "shortened flag": ("train --epoch 3", ["'--epoch'", "Did you mean --epochs"]),
    "flag of another command": ("sample run --split train", ["'--split'", "tfvae sample --help"]),
    "no run": ("sample", ["required: RUN", "tfvae sample --help"]),
    "two runs": ("evaluate run other", ["Unknown argument 'other'"]),
    "flag without value": (TRAIN + "--dataset", ["--dataset", "expected one argument"]),
    "epochs 0": ("train --epochs 0", ["--epochs", A_NUMBER, "'0'"]),
    "epochs text": ("train --epochs many", ["--epochs", A_NUMBER, "'many'"]),
    "batch size": ("train --batch-size -1", ["--batch-size", A_NUMBER, "'-1'"]),
    "latent size": ("train --latent-size 2.5", ["--latent-size", A_NUMBER, r"'2\.5'"]),
    "learning rate": ("train --learning-rate fast", ["--learning-rate", "number of 0 or more", "'fast'"]),
    "learning rate below 0": ("train --learning-rate -1", ["--learning-rate", "number of 0 or more", "'-1'"]),
    "seed": ("train --seed 1e3", ["--seed", "whole number of 32 bits", "'1e3'"]),
    "seed too large": ("sample run --seed 99999999999", ["--seed", "whole number of 32 bits", "'99999999999'"]),
    "image size": ("train --image-size 16by16", ["--image-size", "HEIGHTxWIDTH, such as 64x64", "'16by16'"]),
    "image size 0": ("train --image-size 0x4", ["--image-size", "HEIGHTxWIDTH", "'0x4'"]),
    "channels": ("train --channels 2", ["Unknown channels 2", "1, 3"]),
    "temperature": ("sample run --temperature nan", ["--temperature", "number of 0 or more", "'nan'"]),
    "count": ("sample run --count 0", ["--count", A_NUMBER]),
    "label below 0": ("sample run --condition -1", ["--condition", "expected a label", "'-1'"]),
    "label in words": ("sample run --condition seven", ["--condition", "expected a label", "'seven'"]),
    "format": ("export run --format onnx", ["Unknown format 'onnx'", "tf_saved_model, litert"]),
    "part of an export": ("export run --part prior", ["Unknown part 'prior'", "decoder, encoder, reconstruct"]),
    "quantization": ("export run --quantization int4", ["Unknown quantization 'int4'", "float16, dynamic, int8"]),
    "a batch of none": ("export run --batch 0", ["--batch", A_NUMBER]),
    "recipe": (DIGITS + "--recipe betavae", ["Unknown recipe 'betavae'", "Did you mean beta_vae", "iwae"]),
    "recipe to explain": ("recipes iwea", ["Unknown recipe 'iwea'", "Did you mean iwae"]),
    "shell": ("--print-completion korn", ["'korn'", "bash, zsh"]),
}
