"""One thing that loses nats, and what would win them back."""

from typing import Any, NamedTuple

from tfvae.component import described
from tfvae.evaluation import Estimate


class Finding(NamedTuple):
    """One thing that loses nats.

    Attributes:
        part: Which: "likelihood", "prior", "posterior", "encoder", "latents" or "training".
        says: What is wrong, a sentence.
        nats: `Estimate` of what would be won for each held-out example.
        relation: "at least", where the change was tried with the rest of the model as it is, and training the whole
            with it can only win more; or "at most", where it is what perfection would win, such as an encoder that
            finds the best q(z|x) for each x.
        advice: What to do, a sentence.
        change: {argument of `VAE`: the part to take in its place}; empty where no other part is the remedy.
    """

    part: str
    says: str
    nats: Estimate
    relation: str
    advice: str
    change: dict[str, Any]

    def __str__(self):
        """Returns the finding as lines of text."""
        lines = [
            f"{self.part}: {self.says}",
            f"  to win: {self.relation} {self.nats.value:.2f} +- {self.nats.standard_error:.2f} nats an example",
            f"  {self.advice}",
        ]
        return "\n".join([*lines, *(f"    {name}={described(part)}" for name, part in self.change.items())])
