"""What only a card can show. Where there is none, these tests say so and are skipped;
`test_the_reason_for_skipping_holds` checks that reason each time.
"""

import shutil
import subprocess

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

from course import machine, training
from course.vram import measure

CARD = torch.cuda.is_available()
on_a_card = pytest.mark.skipif(not CARD, reason="torch sees no NVIDIA card here")


def test_the_reason_for_skipping_holds():
    if CARD:
        assert machine.here().gpu is not None
        return
    assert torch.cuda.device_count() == 0
    program = shutil.which("nvidia-smi")
    answered = program and subprocess.run([program, "-L"], capture_output=True)
    assert not answered or answered.returncode != 0 or torch.version.cuda is None


@on_a_card
def test_the_driver_and_torch_speak_of_the_same_card():
    ours, theirs = machine.here().gpu, torch.cuda.get_device_properties(0)
    assert ours.name == theirs.name
    assert abs(ours.memory_gb - theirs.total_memory / 1e9) < 0.03 * ours.memory_gb
    supported = torch.cuda.is_bf16_supported(including_emulation=False)
    assert ours.native_bf16 == supported


@on_a_card
def test_the_peaks_count_what_was_allocated():
    torch.cuda.reset_peak_memory_stats()
    before = measure.peaks()
    tensor = torch.ones(250_000_000, device="cuda")  # 10⁹ bytes
    after = measure.peaks()
    assert after.allocated - before.allocated >= 0.99e9
    assert after.reserved >= after.allocated and after.device >= after.reserved
    del tensor
    assert measure.peaks().allocated == after.allocated  # a peak stays


@pytest.fixture
def small_card():
    """This process may take 1 GB of the card."""
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(1e9 / total)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


@on_a_card
def test_a_batch_that_does_not_fit_is_halved_to_the_same_gradients(small_card, capsys):
    """512 examples need about 4 GB for the activations of one layer."""
    torch.manual_seed(0)
    x = torch.randn(512, 64, device="cuda")
    y = torch.randint(10, (512,), device="cuda")

    def network():
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).cuda()

    def loss_of(model, padding):
        def loss(x, y):
            # 4 MB an example, as a large model's activations would take, kept by the
            # graph until the gradients are there
            large = (x[:, :1, None] * padding).tanh().mean((1, 2))
            return F.cross_entropy(model(x) + 0 * large[:, None], y)

        return loss

    pieces, whole = network(), network()
    padding = torch.ones(1, 1024, 1024, device="cuda", requires_grad=True)
    memory = training.MicroBatches(512)
    loss = memory.backward(pieces, loss_of(pieces, padding), x, y)
    assert memory.size < 512
    assert f"pieces of {memory.size} examples" in capsys.readouterr().out
    expected = F.cross_entropy(whole(x), y)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    for left, right in zip(whole.parameters(), pieces.parameters(), strict=True):
        assert_close(left.grad, right.grad, rtol=1e-5, atol=1e-6)


@on_a_card
def test_seeds_repeat_the_cards_numbers():
    training.seed_everything(5)
    first = torch.randn(4, device="cuda")
    training.seed_everything(5)
    assert torch.equal(first, torch.randn(4, device="cuda"))
