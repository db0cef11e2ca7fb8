"""What several rows type, and are told."""

TRAIN = "train --output out --epochs 1 "
DIGITS = TRAIN + "--dataset digits "
A_NUMBER = "expected a number of 1 or more"
NO_MODEL = r"m\.keras is no model that tfvae can load"
