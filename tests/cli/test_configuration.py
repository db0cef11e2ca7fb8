"""A configuration of parts."""

import keras
import numpy as np

from tests.cli import program
from tests.cli.folders import rows
from tfvae import VAE, callbacks, data, families, networks, priors, schedules, terms
from tfvae_cli import build, config

WHOLE = """
seed = 3
[dataset]
name = "digits"
[model]
latent_size = 3
encoder = {part = "mlp_encoder", units = [16]}
posterior = {part = "families.Normal", min_scale = 0.001}
prior = {part = "tfvae.priors.StandardNormal"}
decoder = {part = "conv_decoder", filters = [8, 4], enlarge = {part = "SubPixelConv2D"}}
likelihood = {part = "Normal", scale = "shared"}
preprocessing = {part = "Dequantize", levels = 17}
[[model.objective]]
part = "NegativeLogLikelihood"
[[model.objective]]
part = "KL"
free_bits = 0.1
weight = {part = "Linear", start = 0.0, end = 1.0, steps = 20}
[[model.objective]]
part = "MMD"
kernel = {part = "RBF", length_scale = 2.0}
[[model.objective]]
part = "Adversarial"
critic = {part = "patch_critic", filters = [4]}
[[model.objective]]
part = "PerNetwork"
weight = {part = "Balanced", weight = {part = "Linear", start = 0.0, end = 0.5, steps = 20}}
[model.objective.generative]
part = "Adversarial"
game = {part = "Hinge"}
critic = {part = "mlp_critic", event_shape = [8, 8, 1], units = [4]}
[compile]
jit_compile = false
[compile.optimizer]
part = "Adam"
learning_rate = {part = "CosineDecay", initial_learning_rate = 0.01, decay_steps = 30}
[compile.critic_optimizer]
part = "SGD"
learning_rate = 0.01
[fit]
epochs = 2
[[fit.callbacks]]
part = "EarlyStopping"
patience = 4
"""


def test_a_configuration_of_parts_is_the_model_made_in_python(tmp_path):
    (tmp_path / "whole.toml").write_text(WHOLE)
    plan = config.read(tmp_path / "whole.toml")
    config.check(plan)
    _, info = build.load(plan, "train")
    keras.utils.set_random_seed(3)
    made = build.model(plan, info)
    keras.utils.set_random_seed(3)
    expected = VAE(
        encoder=networks.mlp_encoder((8, 8, 1), units=[16]),
        posterior=families.Normal((3,), min_scale=0.001),
        prior=priors.StandardNormal((3,)),
        decoder=networks.conv_decoder((3,), (8, 8), filters=[8, 4], enlarge=networks.SubPixelConv2D),
        likelihood=families.Normal((8, 8, 1), scale="shared"),
        objective=[
            terms.NegativeLogLikelihood(),
            terms.KL(weight=schedules.Linear(0.0, 1.0, steps=20), free_bits=0.1),
            terms.MMD(kernel=terms.kernels.RBF(2.0)),
            terms.Adversarial(networks.patch_critic((8, 8, 1), filters=[4])),
            terms.PerNetwork(
                generative=terms.Adversarial(networks.mlp_critic((8, 8, 1), (4,)), game=terms.games.Hinge()),
                weight=terms.Balanced(schedules.Linear(0.0, 0.5, steps=20)),
            ),
        ],
        preprocessing=data.Dequantize(levels=17),
        seed=3,
    )
    assert repr(made) == repr(expected)
    for a, b in zip(made.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 30)
    expected.compile(
        keras.optimizers.Adam(schedule, name=made.optimizer.name),
        critic_optimizer=keras.optimizers.SGD(0.01, name=made.critic_optimizer.name),
        jit_compile=False,
    )
    assert made.get_compile_config() == expected.get_compile_config()
    (stopping,) = build.callbacks(plan, made)
    assert isinstance(stopping, callbacks.EarlyStopping)
    assert stopping.patience == 4
    # And it trains.
    program.train(tmp_path / "run", tmp_path / "whole.toml")
    assert [row["epoch"] for row in rows(tmp_path / "run")] == ["0", "1"]
