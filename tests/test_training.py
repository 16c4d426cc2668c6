"""Seeds, checkpoints, and going on after memory ran out."""

import subprocess
import sys
import textwrap

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

from course import training
from course.errors import CourseError


def network(*extra):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), *extra, nn.Tanh(), nn.Linear(16, 3))


def batch(n):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, 6, generator=generator), torch.arange(n) % 3


def test_seeds_repeat_every_generator():
    import random

    import numpy as np

    def draw():
        training.seed_everything(5)
        return random.random(), np.random.rand(), torch.rand(1).item()

    assert draw() == draw()


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 40), size=st.integers(1, 40))
def test_pieces_give_the_loss_and_gradients_of_the_whole_batch(n, size):
    x, y = batch(n)
    whole, pieces = network(), network()
    loss = F.cross_entropy(whole(x), y)
    loss.backward()
    value = training.MicroBatches(size).backward(
        pieces, lambda x, y: F.cross_entropy(pieces(x), y), x, y
    )
    assert value == pytest.approx(loss.item(), abs=1e-5)
    for left, right in zip(whole.parameters(), pieces.parameters(), strict=True):
        assert_close(left.grad, right.grad, rtol=1e-5, atol=1e-6)


def failing_above(limit, model):
    """A loss that, after a backward, has no memory for over `limit` examples."""

    def loss(x, y):
        if len(x) > limit:
            F.cross_entropy(model(x), y).backward()  # leaves half-made gradients
            raise torch.OutOfMemoryError("CUDA out of memory")
        return F.cross_entropy(model(x), y)

    return loss


def test_it_halves_until_it_fits_and_says_so(capsys):
    x, y = batch(20)
    whole, pieces = network(), network()
    F.cross_entropy(whole(x), y).backward()
    memory = training.MicroBatches(20)
    memory.backward(pieces, failing_above(4, pieces), x, y)
    assert memory.size == 3  # 20, 10, 5, 3
    told = capsys.readouterr().out
    assert "pieces of 3 examples" in told and "differ" not in told
    for left, right in zip(whole.parameters(), pieces.parameters(), strict=True):
        assert_close(left.grad, right.grad, rtol=1e-5, atol=1e-6)


def test_gradients_from_before_stay(capsys):
    x, y = batch(8)
    model = network()
    F.cross_entropy(model(x), y).backward()
    before = [parameter.grad.clone() for parameter in model.parameters()]
    training.MicroBatches(8).backward(model, failing_above(2, model), x, y)
    for parameter, grad in zip(model.parameters(), before, strict=True):
        assert_close(parameter.grad, 2 * grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(16), nn.Dropout(0.5)])
def test_it_says_where_the_result_will_differ(layer, capsys):
    x, y = batch(8)
    model = network(layer)
    training.MicroBatches(8).backward(model, failing_above(4, model), x, y)
    assert f"because of {type(layer).__name__}" in capsys.readouterr().out


def test_a_single_example_that_does_not_fit_is_a_sentence(capsys):
    x, y = batch(2)
    model = network()
    with pytest.raises(CourseError, match="single example does not fit"):
        training.MicroBatches(2).backward(model, failing_above(0, model), x, y)


def test_another_error_passes_through():
    x, y = batch(4)
    model = network()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        training.MicroBatches(4).backward(
            model, lambda x, y: F.cross_entropy(model(x[:, :5]), y), x, y
        )


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux limits a process's address space"
)
def test_a_real_limit_on_the_cpu():
    """2,048 examples of 1 MB each in a process that may grow by 1.2 GB."""
    script = textwrap.dedent(
        """
        import resource, torch
        from torch import nn
        from course.training import MicroBatches

        torch.set_num_threads(1)
        model = nn.Linear(64, 1)
        x = torch.ones(2048, 64)

        def loss(x):
            wide = x.repeat(1, 4096)  # (n, 262,144): 1 MiB an example
            return (model(x).squeeze(1) * wide.mean(1)).mean()

        loss(x[:2]).backward()  # everything is loaded now
        model.zero_grad()
        expected = torch.autograd.grad(loss(x[:8]), tuple(model.parameters()))
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        limit = used + 1_200_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        memory = MicroBatches(2048)
        value = memory.backward(model, loss, x)
        print(memory.size, value)
        for parameter, grad in zip(model.parameters(), expected):
            torch.testing.assert_close(parameter.grad, grad, rtol=1e-5, atol=1e-5)
        """
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "Out of memory: going on with pieces of 1024 examples." in ran.stdout
    assert int(ran.stdout.splitlines()[-1].split()[0]) < 2048


SETTINGS = {"lr": 0.01, "epochs": 4}


def parts():
    model = network(nn.Dropout(0.5))
    return {"model": model, "optimizer": torch.optim.Adam(model.parameters(), lr=0.01)}


def train(parts, epochs):
    """A few steps with dropout and random mini-batches for each epoch."""
    x, y = batch(32)
    for _ in range(5 * epochs):
        pick = torch.randint(32, (8,))
        parts["optimizer"].zero_grad()
        F.cross_entropy(parts["model"](x[pick]), y[pick]).backward()
        parts["optimizer"].step()


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, capsys):
    path = tmp_path / "deep" / "run.pt"
    whole = parts()
    assert training.resume(path, SETTINGS, **whole) == 0
    torch.manual_seed(3)
    train(whole, 2)
    training.save_checkpoint(path, 2, SETTINGS, **whole)
    train(whole, 2)

    torch.manual_seed(99)  # as a new kernel would be in another state
    resumed = parts()
    assert training.resume(path, SETTINGS, **resumed) == 2
    assert "2 epochs were done before" in capsys.readouterr().out
    train(resumed, 2)
    assert_close(resumed["model"].state_dict(), whole["model"].state_dict())
    assert list(path.parent.iterdir()) == [path]


def test_other_settings_start_afresh(tmp_path, capsys):
    path = tmp_path / "run.pt"
    training.save_checkpoint(path, 2, SETTINGS, **parts())
    fresh = parts()
    before = {name: w.clone() for name, w in fresh["model"].state_dict().items()}
    assert training.resume(path, SETTINGS | {"lr": 0.1}, **fresh) == 0
    assert "other settings" in capsys.readouterr().out
    assert_close(fresh["model"].state_dict(), before)


@pytest.mark.parametrize("content", [b"not a checkpoint", b""])
def test_a_broken_checkpoint_is_a_sentence(tmp_path, content):
    path = tmp_path / "run.pt"
    path.write_bytes(content)
    with pytest.raises(CourseError, match="delete it and run the cell again"):
        training.resume(path, SETTINGS, **parts())


def test_a_checkpoint_with_code_in_it_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    torch.save({"settings": SETTINGS, "parts": print}, path)
    with pytest.raises(CourseError, match="cannot be used"):
        training.resume(path, SETTINGS, **parts())


def test_a_failed_save_leaves_the_old_checkpoint(tmp_path):
    path = tmp_path / "run.pt"
    training.save_checkpoint(path, 1, SETTINGS, **parts())
    (tmp_path / "run.pt.tmp").mkdir()  # where the new one would be written
    with pytest.raises(CourseError, match="older checkpoint is untouched"):
        training.save_checkpoint(path, 2, SETTINGS, **parts())
    assert training.resume(path, SETTINGS, **parts()) == 1
