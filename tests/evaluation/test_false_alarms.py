"""On ten data sets p-values call as many normal examples as they are asked to."""

import math

import pytest

from scripts.documents import false_alarms

# Of twenty figures that are as they should be, one in a thousand times one is beyond.
SIGMAS = 4.1


@pytest.mark.exhaustive
def test_the_level_is_held_on_ten_data_sets(record_property):
    tables = false_alarms.tables()
    assert len(tables) == 10
    found = [one for name, rows in tables.items() for one in false_alarms.measure(name, rows, 5, 10, seed=1)]
    for one in found:
        record_property(f"{one.name} at {one.level}", one.share)
        assert abs(one.beyond) < SIGMAS, one
    for level in false_alarms.LEVELS:
        beyond = [one.beyond for one in found if one.level == level]
        assert abs(sum(beyond)) / math.sqrt(len(beyond)) < 3.3, level
