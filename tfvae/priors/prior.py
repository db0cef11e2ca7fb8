"""Prior: the distribution of z before any data is seen."""

import abc
import math

from tensorflow_probability import distributions as tfd

from tfvae import arguments, manifolds
from tfvae.component import Component, shape_tuple


def known_anywhere(family):
    """Returns `family`, refusing one whose density is not known at draws of q(z|x), where the prior needs it."""
    if not getattr(family, "has_density", False) or not getattr(family, "density_anywhere", False):
        expected = (
            "a family whose density is known at any point, since log p(z) is needed at draws of q(z|x), such as "
            "families.MultivariateNormal((16,))"
        )
        raise arguments.invalid("family", expected, family)
    return family


class Prior(Component, abc.ABC):
    """p(z), or p(z|condition).

    Args:
        event_shape: Shape of one z, the posterior's.
        **kwargs: `name` and `dtype` of a Keras layer.

    Attributes:
        latent_shapes: The shape of each stochastic layer's z, from the top; None for one layer. See `Hierarchical`.
        has_centre: Whether draws have a centre that a `temperature` brings them nearer to.
        only_bounded: Whether a lower bound on log p(z) is all that is known of it.
        of_codes: Whether `distribution` and `sample` are of the numbers of the posterior's codes, which the model then
            looks up. See `Autoregressive`.
    """

    latent_shapes: tuple[tuple[int, ...], ...] | None = None
    has_centre = True
    only_bounded = False
    of_codes = False

    def __init__(self, event_shape, **kwargs):
        super().__init__(**kwargs)
        self.event_shape = shape_tuple("event_shape", event_shape)

    @abc.abstractmethod
    def distribution(self, condition=None, encode=None) -> tfd.Distribution:
        """Returns p(z) as a `tfd.Distribution` over `event_shape`.

        Args:
            condition: The batch's condition, or None.
            encode: The model's own x -> q(z|x), for priors that are built from it.
        """

    def measure(self, posterior) -> tuple[str, ...]:
        """Returns what log p(z) is a density over; see `Family.measure`.

        Args:
            posterior: The model's posterior, for a prior that is built from it.
        """
        del posterior
        return ("real",) * math.prod(self.event_shape)

    def has_density(self, posterior) -> bool:
        """Returns whether log p(z) is known.

        Args:
            posterior: The model's posterior, for a prior that is built from it.
        """
        del posterior
        return not self.only_bounded

    def has_bound(self, posterior) -> bool:
        """Returns whether `bound` is defined: wherever log p(z) is known, and where a lower bound on it is.

        Args:
            posterior: The model's posterior, as for `has_density`.
        """
        return self.only_bounded or self.has_density(posterior)

    def bound(self, latent, seed, training):
        """Returns log p(z), or a lower bound on it where no more is known, [K, B] in nats.

        `terms.CrossEntropy` raises it.

        Args:
            latent: A `tfvae.inference.Latent`, with z [K, B, *event_shape].
            seed: () -> int32[2], asked by a prior that draws.
            training: As for every Keras layer.
        """
        del seed, training
        return latent.log_prior

    def check(self, encoder, posterior, likelihood):
        """Refuses parts that the prior can't be combined with. Called once, when the model is made.

        Args:
            encoder: The model's network.
            posterior: A built `Family` over the same events as the prior.
            likelihood: A built `Family`.

        Raises:
            ValueError: With the reason and the fix.
        """
        del encoder, posterior, likelihood

    @property
    def has_own_fit(self):
        """Whether the prior has a method of its own to be fitted to draws, which it then is without an optimizer."""
        return type(self).fit_to is not Prior.fit_to

    def observed(self, model, inference):
        """Returns what `fit_to` is given of each example, [B, ...]: a draw of z, unless a prior asks for more.

        Args:
            model: The `VAE` that the prior is fitted to.
            inference: A `tfvae.inference.Inference` of some of its data.
        """
        del model
        return inference.z[0]

    def fit_to(self, z, seed):
        """Sets the variables to those that fit draws of z best, for a prior that knows how without a gradient.

        `latent.fit_prior` calls it. Most priors leave it as it is, and are fitted by gradient.

        Args:
            z: float64 [N, *event_shape], a draw of q(z|x) for each example; or what `observed` returned for all.
            seed: int.
        """
        del z, seed
        raise NotImplementedError(f"{type(self).__name__} is fitted by gradient. Use latent.fit_prior.")

    def start_from(self, z, seed):
        """Sets what a fit by gradient starts from, for a prior that takes it from draws of z.

        `latent.fit_prior` calls it. Most priors start from their initial values, whatever z.

        Args:
            z: float64 [N, *event_shape], a draw of q(z|x) for each of some thousand examples.
            seed: int.
        """
        del z, seed

    @property
    def starts_from_draws(self):
        """Whether `start_from` does anything."""
        return type(self).start_from is not Prior.start_from

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents, with their distance from the prior's mean multiplied by `temperature`.

        For a mixture, it is the distance from the mean of the component that a draw
        comes from: the mixture's own mean may lie between the components, where there
        is no mass.

        Args:
            count: Number of draws, int or scalar tensor.
            seed: int32[2].
            temperature: >= 0; 1 samples the prior, 0 gives its mean, or those of its components.
            condition: [count, ...] or None.
            encode: As for `distribution`.

        Returns:
            [count, *event_shape].
        """
        return tempered(self.distribution(condition, encode), temperature, seed, count)


def tempered(law, temperature, seed, count=()):
    """Draws from `law`, with the distance from its mean multiplied by `temperature`, along geodesics if it is curved.

    A law with a method `tempered` of its own says what else a temperature is.

    Args:
        law: A `tfd.Distribution`.
        temperature: >= 0.
        seed: int32[2].
        count: Draws from each distribution in the batch, or () for one without a sample
            axis.
    """
    own = getattr(law, "tempered", None)
    if own is not None:
        return own(temperature, seed, count)
    drawn = law.sample(count, seed=seed)
    # So that an exported file need not hold the way between two points, for which LiteRT may have no operator.
    if isinstance(temperature, int | float) and temperature == 1:
        return drawn
    return manifolds.between(law, law.mean(), drawn, temperature)
