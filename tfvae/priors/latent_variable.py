"""A prior that is a variational autoencoder of its own, over z."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, hierarchy, random
from tfvae.component import register
from tfvae.networks.conditional import told
from tfvae.priors.prior import Prior
from tfvae.priors.without_density import WithoutDensity

_EXAMPLE = 'such as recipes.vae((16,), 16, likelihood=families.Normal((16,), scale="shared"), preprocessing=None)'


@register
class LatentVariable(Prior):
    """p(z) is the marginal of a second VAE, whose data are draws of z.

    p(z) = int p(z|u) p(u) du

    log p(z) >= E_q[log p(z|u) + log p(u) - log q(u|z)],  u ~ q(u|z)

    In the two-stage VAE, u has as many dimensions as z, and the second VAE is fitted when the first is trained: the
    aggregate posterior q(z) fills all of its space, where the data need not, so that a VAE can learn it.

    vae = latent.fit_prior(vae, images, priors.LatentVariable(second), terms.NegativeLogLikelihood(), epochs=50)

    A draw of z is one of p(z|u), where u is drawn from the second VAE's prior; the mean of p(z|u) would leave out its
    spread.
    log p(z) is not known. What needs it refuses this prior: a KL, bounds on log p(x) and its estimate; there is no
    metric `elbo`. `terms.CrossEntropy` descends the second VAE's own objective in its place, averaged over the draws
    of z. With the negative ELBO, or another bound, that is an upper bound on the cross entropy; with other weights it
    is that objective and no bound.

    The mean of `distribution` is what the mean of p(u) is decoded to, as the expectation has no closed form.

    Reference: Dai and Wipf (2019), Diagnosing and enhancing VAE models, arXiv 1903.05789, section 4.

    Args:
        model: A `VAE` over z without preprocessing and condition, whose three densities are known, and whose objective
            is a sum of terms of each z alone, such as [terms.NegativeLogLikelihood(), terms.KL()]. It needs no
            `compile`: the optimizer is that of the model of which this is the prior.

    Raises:
        ValueError: `model` is anything else.

    >>> from tfvae import families, recipes
    >>> z = families.Normal((16,), scale="shared")
    >>> second = recipes.vae((16,), latent_size=16, likelihood=z, preprocessing=None)
    >>> LatentVariable(second).distribution().sample(3, seed=[0, 1]).shape
    TensorShape([3, 16])
    """

    only_bounded = True  # log p(z) is an integral without closed form

    def __init__(self, model, **kwargs):
        super().__init__(_checked(model).likelihood.event_shape, **kwargs)
        self.model = model

    def get_config(self):
        """Returns the model without what it was compiled with, as the optimizer is that of the model around it."""
        config = super().get_config()
        config["model"].pop("compile_config", None)
        return config

    def check(self, encoder, posterior, likelihood):
        """Refuses a model that was changed into one that the prior can't be made of."""
        super().check(encoder, posterior, likelihood)
        _checked(self.model)

    def measure(self, posterior):
        """Returns the measure of p(z|u)."""
        del posterior
        return self.model.likelihood.measure

    def bound(self, latent, seed, training):
        """Returns minus the model's objective at each draw of z, [K, B]; see `Prior.bound`."""
        z = latent.z
        flat = tf.reshape(z, [-1, *self.event_shape])
        # Terms of each z alone, which ask neither for the shares of a mean nor for what they are shares of.
        count = tf.ones([], self.model.float_dtype)
        weights = tf.fill(tf.shape(flat)[:1], count)
        inference = self.model.infer_weighted(
            flat, None, weights, count, self.model.num_samples, seed(), training=training
        )
        values = [(term.weight, term.value(inference)) for term in self.model.objective]
        loss = tf.add_n([tf.cast(weight, value.dtype) * value for weight, value in values])
        return tf.cast(tf.reshape(-loss, tf.shape(z)[:2]), z.dtype)

    def distribution(self, condition=None, encode=None):
        """Returns p(z), which can be drawn from and has no density."""
        del condition, encode
        return _Marginal(self)

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws z from p(z|u), with u drawn from the model's own prior at this temperature; see `Prior.sample`.

        At temperature 0, u is the mean of p(u), and z is still a draw.
        """
        del condition, encode
        model = self.model
        top = hierarchy.of(model).sample(count, random.fold(seed, 0), temperature)
        return tf.cast(model.decode(top).sample(seed=random.fold(seed, 1)), self.float_dtype)


class _Marginal(WithoutDensity):
    """p(z), with the mean and the draws of a `LatentVariable`."""

    def _sample_n(self, n, seed=None):
        return self._prior.sample(n, tfp.random.sanitize_seed(seed))

    def _mean(self):
        model = self._prior.model
        return tf.cast(model.decode(model.prior_distribution().mean()[None]).mean()[0], self.dtype)


def _checked(model):
    """Returns `model`, refusing one that is no VAE over z, or whose objective is not that of each z alone."""
    if not isinstance(model, keras.Model) or not hasattr(model, "infer_weighted") or not hasattr(model, "objective"):
        raise arguments.invalid("model", f"a VAE over z, {_EXAMPLE}", model)
    if model.preprocessing is not None:
        raise arguments.invalid(
            "model", "a VAE without preprocessing, as z is no raw data: preprocessing=None", model.preprocessing
        )
    if model.conditional:
        expected = "a VAE whose parts take no condition, as none is known of z"
        raise arguments.invalid("model", expected, told(model)[0])
    dense = {"posterior": model.posterior.has_density, "prior": model.prior.has_density(model.posterior)}
    for role, known in {**dense, "likelihood": model.likelihood.has_density}.items():
        if not known:
            raise arguments.invalid(
                "model", f"a VAE whose {role} has a density, as its ELBO stands for log p(z)", getattr(model, role)
            )
    for term in model.objective:
        constant = not term.scheduled and not term.balanced
        if not constant or term.couples_examples or term.has_surrogates or term.critic is not None:
            raise arguments.invalid(
                "model",
                "a VAE whose terms have constant weights and are of each z alone, without the rest of the batch, a "
                "gradient of their own or a critic: objective=[terms.NegativeLogLikelihood(), terms.KL()]",
                term,
            )
    return model
