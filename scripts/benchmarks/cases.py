"""What is compared: the cases, their contenders, and the work that each contender does."""

import dataclasses
from typing import Any

#: Adam as Keras has it by default, given to every contender.
ADAM = {"learning_rate": 1e-3, "epsilon": 1e-7}
LATENT = 16


@dataclasses.dataclass(frozen=True)
class Contender:
    """One row of a case.

    Attributes:
        name: As the table shows it.
        module: The program, `benchmarks.contenders.<module>`.
        environment: "tensorflow", "torch" or "pythae", whose Python runs it.
        options: What this row differs in, merged into the case's work.
        group: Rows of one group are compared with the first of it.
    """

    name: str
    module: str
    environment: str
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    group: str = ""


@dataclasses.dataclass(frozen=True)
class Case:
    """One table.

    Attributes:
        name: As `--cases` takes it.
        title: A sentence for the table.
        unit: Of the timings.
        contenders: The rows; the first of a group is the one that its ratios refer to.
        work: What every contender is told.
        quick: What `--quick` changes in it.
        higher_is_better: Whether the measurement is a rate.
        result: The number that must agree for a row to be comparable, as the table calls it; "" for none.
        epochs: Default of `--epochs`; 0 where there are none to choose.
    """

    name: str
    title: str
    unit: str
    contenders: tuple[Contender, ...]
    work: dict[str, Any]
    quick: dict[str, Any] = dataclasses.field(default_factory=dict)
    higher_is_better: bool = False
    result: str = ""
    epochs: int = 0

    @property
    def reads_fashion_mnist(self):
        """Whether it needs the folder of Fashion-MNIST's files."""
        return self.work.get("network") in ("mlp", "conv")


_TFVAE = Contender("tfvae", "tfvae_training", "tensorflow")
_LIMIT = Contender("hand-written TF limit", "tf_limit", "tensorflow")
_KERAS = Contender("plain Keras", "keras_plain", "tensorflow")
_EAGER = Contender("PyTorch eager", "torch_training", "torch")
_COMPILED = Contender("torch.compile", "torch_training", "torch", {"compile": True})
_PYTHAE = Contender("pythae 0.1.2", "pythae_training", "pythae")
_TWINS = (_TFVAE, _LIMIT, _EAGER, _COMPILED, _PYTHAE)

_TRAINING = {"network": "mlp", "batch_size": 128, "latent": LATENT, "examples": 60_000, "num_samples": 1, **ADAM}
_QUICK = {"examples": 1280, "test_examples": 500}
_SECONDS = "seconds an epoch"


def _with(contender, name, **options):
    return dataclasses.replace(contender, name=name, options={**contender.options, **options})


CASES = (
    Case(
        "mlp",
        "784-512-16-512-784, Bernoulli, batch 128, 60,000 images an epoch",
        _SECONDS,
        (*_TWINS, _KERAS),
        _TRAINING,
        _QUICK,
        result="test ELBO",
        epochs=4,
    ),
    Case(
        "conv",
        "convolutions of 32 and 64 channels and their transposes, batch 128, 12,800 images an epoch",
        _SECONDS,
        _TWINS,
        _TRAINING | {"network": "conv", "examples": 12_800},
        _QUICK | {"examples": 384},
        result="test ELBO",
        epochs=4,
    ),
    Case(
        "decoders",
        "the convolutional VAE of tfvae with three decoders, 6,400 images an epoch",
        _SECONDS,
        (
            _with(_TFVAE, "transposed", decoder="transposed"),
            _with(_TFVAE, "resize + convolution", decoder="resize"),
            _with(_TFVAE, "sub-pixel", decoder="sub_pixel"),
        ),
        _TRAINING | {"network": "conv", "examples": 6_400},
        _QUICK | {"examples": 384},
        epochs=4,
    ),
    Case(
        "images",
        "the residual VAE of colour pictures 64x64, calibrated Gaussian, batch 64, 6,400 pictures an epoch",
        _SECONDS,
        (_TFVAE, dataclasses.replace(_LIMIT, module="tf_limit_pictures"), _EAGER, _COMPILED),
        _TRAINING | {"network": "residual", "latent": 128, "batch_size": 64, "examples": 6_400},
        {"examples": 128, "test_examples": 100},
        result="test ELBO",
        epochs=3,
    ),
    Case(
        "iwae",
        "the MLP with 50 importance-weighted draws, batch 128, 6,400 images an epoch",
        _SECONDS,
        (*_TWINS, _with(_TFVAE, "tfvae, 5 draws", num_samples=5)),
        _TRAINING | {"examples": 6_400, "num_samples": 50},
        _QUICK | {"examples": 384},
        result="test bound of 50 draws",
        epochs=4,
    ),
    Case(
        "evaluation",
        "log p(x) of 200 test images by 1,000 draws each, after one epoch of training the MLP",
        "images x draws a second",
        (
            Contender("tfvae", "tfvae_evaluation", "tensorflow"),
            Contender("PyTorch eager", "torch_evaluation", "torch"),
            Contender("pythae 0.1.2", "pythae_evaluation", "pythae"),
        ),
        _TRAINING | {"estimated": 200, "draws": 1000, "repeats": 3, "epochs": 1},
        {"examples": 1280, "test_examples": 500, "estimated": 10, "draws": 200, "repeats": 1},
        higher_is_better=True,
        result="log p(x)",
    ),
    Case(
        "decoding",
        "z to the mean of p(x|z): the decoder of the MLP (mlp) and of the convolutional VAE (conv)",
        "microseconds a call",
        tuple(
            Contender(
                f"{network}, batch {batch}: {name}",
                "tfvae_decoding",
                "tensorflow",
                {"network": network, "batch": batch, "how": how, "threads": threads},
                group=f"{network}, batch {batch}",
            )
            for network in ("mlp", "conv")
            for batch in (1, 64)
            for name, how, threads in (
                ("Keras call", "keras", 0),
                ("SavedModel, Session loader", "session", 0),
                ("LiteRT, one thread", "litert", 1),
                ("LiteRT, two threads", "litert", 2),
            )
        ),
        {"latent": LATENT, "calls": 300},
        {"calls": 5},
    ),
    Case(
        "first-step",
        "from the start of the process to the end of the first training step that `fit` reports, the MLP",
        "seconds",
        tuple(_with(contender, contender.name, stop_early=True) for contender in (_TFVAE, _KERAS, _EAGER)),
        _TRAINING | {"epochs": 1},
        _QUICK,
    ),
    Case(
        "scale",
        "a step of `fit` on digits in eight shards of TFRecord or ArrayRecord, in an order of all records",
        "microseconds a step",
        tuple(
            Contender(
                f"{label}, {records:,} records",
                "tfvae_records",
                "tensorflow",
                {"kind": kind, "records": records},
                group=label,
            )
            for label, kind in (("TFRecord", "tfrecord"), ("ArrayRecord", "array_record"))
            for records in (1_000, 100_000, 10_000_000)
        ),
        {"latent": LATENT, "batch_size": 128, "steps": 500, "epochs": 5},
        {"steps": 20, "epochs": 2},
    ),
    Case(
        "profile",
        "where an epoch of `fit` goes, the MLP: each part timed without the others",
        _SECONDS,
        tuple(
            Contender(name, "tfvae_profile", "tensorflow", {"part": part})
            for name, part in (
                ("all of fit", "fit"),
                ("blocks of images from memory alone", "memory"),
                ("the tf.data pipeline that it takes the place of", "input"),
                ("the train steps in one XLA program, no input, no Python", "arithmetic"),
                ("a Python call for each train step, no input", "dispatch"),
            )
        ),
        _TRAINING | {"epochs": 3},
        _QUICK | {"epochs": 2},
    ),
)
BY_NAME = {case.name: case for case in CASES}


@dataclasses.dataclass(frozen=True)
class Target:
    """A ratio that the project has set itself: `over` / `under` is at most `bound`.

    Attributes:
        case: Name of the case.
        over: (contender, key of its summary).
        under: The same.
        bound: The largest ratio.
        text: What that means.
    """

    case: str
    over: tuple[str, str]
    under: tuple[str, str]
    bound: float
    text: str


_MEDIAN = "median"
TARGETS = (
    Target("mlp", ("tfvae", _MEDIAN), ("hand-written TF limit", _MEDIAN), 1.10, "MLP: time over the limit's"),
    Target("mlp", ("tfvae", _MEDIAN), ("pythae 0.1.2", _MEDIAN), 1 / 3, "MLP: time over pythae's"),
    Target("mlp", ("tfvae", "memory"), ("pythae 0.1.2", "memory"), 1.0, "MLP: peak memory over pythae's"),
    Target("conv", ("tfvae", _MEDIAN), ("PyTorch eager", _MEDIAN), 1 / 1.5, "convolutions: time over PyTorch eager's"),
    Target("images", ("tfvae", _MEDIAN), ("hand-written TF limit", _MEDIAN), 1.05, "pictures: time over the limit's"),
    Target("images", ("tfvae", _MEDIAN), ("PyTorch eager", _MEDIAN), 1 / 1.5, "pictures: time over PyTorch eager's"),
    Target("iwae", ("tfvae", _MEDIAN), ("PyTorch eager", _MEDIAN), 0.5, "50 draws: time over PyTorch eager's"),
    Target("iwae", ("tfvae", "memory"), ("tfvae, 5 draws", "memory"), 2.0, "50 draws: peak memory over that of 5"),
    Target("evaluation", ("pythae 0.1.2", _MEDIAN), ("tfvae", _MEDIAN), 0.25, "log p(x): pythae's rate over tfvae's"),
    Target("first-step", ("tfvae", _MEDIAN), ("plain Keras", _MEDIAN), 1.3, "first step: time over plain Keras's"),
)
