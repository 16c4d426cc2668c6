"""Peaks and cards."""

import os
import subprocess
import sys

import numpy as np
import torch

from course.vram.cards import cards
from course.vram.measure import peaks


def test_the_peak_includes_what_was_freed_again():
    before = peaks().ram
    block = np.ones(50_000_000)  # 400 MB
    del block
    assert peaks().ram - before > 300e6


def test_a_child_does_not_inherit_its_parents_peak():
    block = np.ones(100_000_000)  # 800 MB, while the child is made
    code = "from course.vram.measure import peaks; print(peaks().ram)"
    child = subprocess.check_output(
        [sys.executable, "-c", code], env=os.environ, text=True
    )
    assert int(child) < 400e6
    del block


def test_gpu_peaks_exist_exactly_where_a_gpu_does():
    measured = peaks()
    there = torch.cuda.is_available()
    assert (measured.allocated is not None) is there
    assert (measured.device is not None) is there
    assert set(measured.as_dict()) == {"ram", "allocated", "reserved", "device"}


def test_reading_peaks_imports_no_torch():
    code = (
        "import sys; from course.vram.measure import peaks; peaks(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_cards_have_a_source_and_plausible_figures():
    assert cards()["RTX 4070 Ti"].memory_gib == 12
    assert cards()["RTX 4070 Ti"].bandwidth_gbs == 504.2
    for card in cards().values():
        assert card.source and card.kind in ("consumer", "data centre")
        assert 4 <= card.memory_gib <= 200 and 100 <= card.bandwidth_gbs <= 10_000
