"""Which of several models no other one beats in both of two costs."""

import numpy as np

from tfvae import arguments


def pareto_front(first, second):
    """Returns which points no other one beats: that is as low in both costs, and lower in one.

    Of models in the plane of rate and distortion these are the ones to choose from: any other model costs more nats of
    one of the two, and wins none of the other.

    Args:
        first: [N], a cost of each point, such as `RateDistortion.rate.value` of each model.
        second: [N], the other one, such as the distortion.

    Returns:
        int [F], the places of these points, by rising first cost. Points that are equal in both are all there.

    Raises:
        ValueError: Not two rows of finite numbers of one length.

    >>> from tfvae import evaluation
    >>> evaluation.pareto_front([3.0, 1.0, 2.0, 2.5], [1.0, 9.0, 4.0, 5.0])
    array([1, 2, 0])
    """
    costs = [np.asarray(each, "float64") for each in (first, second)]
    for name, cost in zip(("first", "second"), costs, strict=True):
        if cost.ndim != 1 or not np.isfinite(cost).all():
            raise arguments.invalid(name, "a finite number for each point, [N]", cost)
    if len(costs[0]) != len(costs[1]):
        raise arguments.invalid("second", f"as many numbers as `first` has, {len(costs[0])}", costs[1])
    order = np.lexsort(costs[::-1])
    found, lowest = [], (np.inf, np.inf)  # the front's last point
    for place in order:
        point = (costs[0][place], costs[1][place])
        if point[1] < lowest[1] or point == lowest:
            found.append(place)
            lowest = point
    return np.array(found, "int64")
