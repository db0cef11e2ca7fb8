"""Two workers on this machine take the steps of one process with two replicas, and leave one set of files."""

import numpy as np
import pytest

import tfvae
from tests.distributed import trainings
from tests.distributed.cluster import Cluster
from tests.models import strategy


def load(path):
    with np.load(path) as file:
        return dict(file)


def both(folder, names, limit=300):
    """What two workers found in these trainings, and what two replicas of this process did."""
    alone = folder / "alone"
    alone.mkdir()
    with Cluster(folder / "workers", *names) as cluster:
        expected = {name: getattr(trainings, name)(strategy(), alone) for name in names}
        cluster.wait(limit)
    one, two = ({name: load(folder / "workers" / f"{name}_{number}.npz") for name in names} for number in (0, 1))
    return one, two, expected


def assert_alike(one, two, expected):
    assert one.keys() == two.keys() == expected.keys()
    for key, value in one.items():
        np.testing.assert_array_equal(value, two[key], err_msg=key)
        np.testing.assert_allclose(value, expected[key], rtol=1e-5, atol=1e-6, err_msg=key)


@pytest.mark.slow
def test_a_step_that_one_worker_must_skip_is_skipped_by_both(tmp_path):
    one, two, expected = (found["skipping"] for found in both(tmp_path, ["skipping"]))
    assert_alike(one, two, expected)
    assert one["history skipped_steps"] == [1.0]
    assert all(np.isfinite(value).all() for value in one.values())


@pytest.mark.slow
def test_two_workers_are_two_replicas(tmp_path):
    one, two, expected = both(tmp_path, ["whole", "coupled", "arrays", "resumed"])
    assert_alike(one["whole"], two["whole"], expected["whole"])
    assert_alike(one["coupled"], two["coupled"], expected["coupled"])

    # It took the second epoch alone.
    assert_alike(one["resumed"], two["resumed"], expected["resumed"])
    np.testing.assert_allclose(one["resumed"]["losses"], one["resumed"]["expected"][1:], rtol=1e-5)

    # Each example is seen once, by one of them.
    seen = [found["arrays"]["seen"].tolist() for found in (one, two)]
    assert sorted(seen[0] + seen[1]) == sorted(expected["arrays"]["seen"].tolist()) == list(range(20))
    assert seen[0] + seen[1] != list(range(20))

    folder = tmp_path / "workers"
    made = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix not in (".npz", ".txt", ".v2")}
    files = {"best.keras", "model.keras", "model.weights.h5", "samples/epoch_0002.png"}
    assert made == {*files, "backup", "samples", "logs", "logs/train", "logs/validation"}
    assert len(list(folder.rglob("*.v2"))) == 2  # one file of scalars each for training and validation
    loaded = tfvae.load_model(folder / "model.keras")
    for position, weight in enumerate(loaded.weights):
        np.testing.assert_array_equal(weight, one["whole"][f"state {position}"])
    for backup in (load(folder / "backup" / name) for name in ("last.npz", "last-1.npz")):
        assert backup["epoch"] == 1
