import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.weights import ErrorMoments, least_error


def market(rng, n=4000, noises=(0.02, 0.06, 0.06), shared=0.0):
    """Views of books that err independently around the close, beside an error they share."""
    x = rng.normal(0, 0.6, (n, 2))
    drift = rng.normal(0, shared, (n, 2)) if shared else 0.0
    logits = [x, *(x + drift + rng.normal(0, noise, (n, 2)) for noise in noises)]
    weights = [np.exp(np.column_stack([logit, np.zeros(n)])) for logit in logits]
    close, *views = (w / w.sum(axis=1, keepdims=True) for w in weights)
    return np.array(views), close


def learned(views, close, **more):
    books = tuple("abcdef"[: len(views)])
    moments = ErrorMoments(books)
    moments.add(views, close)
    return moments.weights(books, **more)


def test_independent_books_are_weighed_by_the_inverse_of_their_squared_error():
    weights = learned(*market(np.random.default_rng(1)), ridge=0.0)
    assert weights["a"] / weights["b"] == pytest.approx(9.0, rel=0.25)
    assert weights["b"] == pytest.approx(weights["c"], abs=0.03)
    assert sum(weights.values()) == pytest.approx(1.0)


def test_a_book_that_repeats_another_with_more_noise_adds_nothing():
    rng = np.random.default_rng(2)
    views, close = market(rng, noises=(0.03, 0.05))
    x = np.log(views[0]) + rng.normal(0, 0.02, views[0].shape)
    copy = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    weights = learned(np.array([*views, copy]), close, ridge=0.0)
    assert weights["c"] < 0.02


def test_what_all_books_miss_alike_does_not_blur_who_is_sharper():
    weights = learned(*market(np.random.default_rng(3), shared=0.1), ridge=0.0)
    assert weights["a"] > 0.6


def test_the_ridge_pulls_towards_equal_weights():
    views, close = market(np.random.default_rng(4))
    assert learned(views, close, ridge=0.0)["a"] > learned(views, close, ridge=1.0)["a"] > 1 / 3
    assert learned(views, close, ridge=1e6)["a"] == pytest.approx(1 / 3, abs=1e-3)


def test_missing_quotes_are_left_out_and_a_book_hardly_seen_gets_no_weight():
    views, close = market(np.random.default_rng(5))
    full = learned(views, close)
    views[1, ::2] = np.nan
    views[2, 30:] = np.nan
    weights = learned(views, close)
    assert weights.keys() == {"a", "b"}
    assert weights["a"] > full["a"] - 0.1


def test_only_the_books_asked_for_are_weighed():
    moments = ErrorMoments(("a", "b", "c"))
    moments.add(*market(np.random.default_rng(6)))
    assert moments.weights({"b", "c"}).keys() == {"b", "c"}
    assert moments.weights(()) == {}


def test_forgetting_lets_the_recent_past_decide():
    rng = np.random.default_rng(7)
    moments = ErrorMoments(("a", "b"))
    moments.add(*market(rng, noises=(0.02, 0.06)))
    moments.forget(0.01)
    moments.add(*market(rng, noises=(0.06, 0.02)))
    weights = moments.weights(("a", "b"))
    assert weights["b"] > 0.8


@given(seed=st.integers(0, 10_000), size=st.integers(1, 7))
def test_no_other_weights_err_less(seed, size):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size + 2))
    moments = root @ root.T
    best = least_error(moments)
    assert (best >= 0).all() and best.sum() == pytest.approx(1.0)
    for other in rng.dirichlet(np.ones(size), 50):
        assert best @ moments @ best <= other @ moments @ other * (1 + 1e-6)
