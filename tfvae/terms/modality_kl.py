"""How far the posterior of all modalities is from that of each."""

from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae.component import register
from tfvae.terms.term import Term, refuse_layers
from tfvae.vectors import by_name


@register
class ModalityKL(Term):
    """sum_m KL(q(z|x) || q(z|x_m)) over the modalities m that are there, in nats.

    It teaches q(z|x_m) what q(z|x) knows, so that one modality is enough to ask for the others. Both follow it: q(z|x)
    moves towards what each modality alone can tell. The sum measures how much of x one modality doesn't tell, the
    variation of information. An example of one modality costs nothing.

    Reference: Suzuki, Nakayama and Matsuo (2016), Joint multimodal learning with deep
    generative models, arXiv 1611.01891, whose alpha is the weight.

    Args:
        weight: alpha, as for every term.

    Raises:
        ValueError: When the model is made, a posterior that knows no single modalities, or without a closed form.

    >>> ModalityKL(0.1)
    ModalityKL(weight=0.1)
    """

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior that knows no single modalities, or whose KL has no closed form."""
        super().check(posterior, prior, likelihood)
        refuse_layers(self, posterior)
        kind: Any = posterior.kind()
        fix = "Use families.JointAndExperts(...) or families.ProductOfExperts({...})"
        if likelihood.modalities is None or not hasattr(kind, "given"):
            raise ValueError(
                f"ModalityKL compares q(z|x) with q(z|x_m), which {posterior!r} of this model doesn't know. {fix}, "
                "with likelihood=families.Modalities({...})."
            )
        try:
            tfd.kl_divergence(kind, kind)
        except NotImplementedError:
            raise ValueError(
                f"No closed form is known for the KL of {posterior!r} from that of one modality. {fix}."
            ) from None

    def value(self, inference):
        """Returns [B]."""
        shapes = {name: tuple(law.event_shape) for name, law in inference.likelihood.modalities.items()}
        posterior, total = inference.latents[0].posterior, []
        for name, piece in by_name.split(inference.x, shapes).items():
            alone = posterior.given({other: tf.constant(other == name) for other in shapes})
            kl = tfd.kl_divergence(posterior, alone)
            total.append(tf.where(by_name.present(piece, shapes[name]), kl, tf.zeros_like(kl)))
        return tf.add_n(total)
