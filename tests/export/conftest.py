"""One exported model for all that is asked of one."""

from typing import NamedTuple

import pytest

from tests.export import session
from tests.models import make
from tfvae import data, export


class Served(NamedTuple):
    """A model and its version, requests for each signature, and Keras's answers."""

    model: object
    version: object
    given: dict
    expected: dict


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    model = make(preprocessing=data.DynamicBinarize(), conv=True)
    version = export.saved_model(model, tmp_path_factory.mktemp("served") / "digits", max_count=50, max_num_samples=500)
    given = session.requests()
    answers = session.expected(model, given)
    return Served(
        model,
        version,
        given,
        {
            name: {k: v if hasattr(v, "dtype") and not hasattr(v, "numpy") else v.numpy() for k, v in found.items()}
            for name, found in answers.items()
        },
    )
