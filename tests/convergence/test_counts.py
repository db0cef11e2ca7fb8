"""The recipes of counts find what was planted, by the script that makes the figures of docs/counts.md."""

import importlib.util
import pathlib

import pytest

pytestmark = pytest.mark.slow


def script():
    path = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "documents" / "counts.py"
    spec = importlib.util.spec_from_file_location("counts", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_topics_are_found_again():
    # By chance one word in ten would be of the topic.
    assert script().found_topics(0, epochs=30, count=1000, words=200, topics=5) > 0.8


def test_purchases_are_ranked_better_than_by_popularity():
    (ndcg, recall), (by_popularity, _) = script().ranked_purchases(0, epochs=20, users=300, count=2000, items=200)
    assert ndcg.value > by_popularity.value + 4 * ndcg.standard_error
    assert 0 < recall.value < 1


def test_clusters_are_found_whatever_the_library_size():
    (rand, depth), (_, depth_of_components) = script().found_clusters(0, epochs=15, count=1000, genes=300, clusters=4)
    assert rand > 0.9
    assert depth < depth_of_components / 2
