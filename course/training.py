"""What every training run needs around its loop: seeds, a bar, checkpoints, recovery.

The loop itself is taught, and so stands in the lessons.
"""

import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from course.errors import CourseError


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch (all devices)."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def progress(steps: Iterable, total: int | None = None, what: str = "") -> tqdm:
    """A bar on stdout: `bar = progress(range(100))`, `bar.set_postfix(loss=…)`.

    It appears only after a second, and in an executed lesson leaves its last state.
    """
    return tqdm(
        steps,
        total=total,
        desc=what,
        file=sys.stdout,
        delay=1,
        mininterval=0.5,
        dynamic_ncols=False,
        ncols=80,
    )


def save_checkpoint(path: Path, epoch: int, settings: dict, **parts) -> None:
    """Write what a run needs to go on after `epoch`; a kill leaves the old file whole.

    `parts`: whatever has a `state_dict` (model, optimizer, scheduler). The states of
    torch's random generators are written, too. Raises CourseError if it cannot be.
    """
    path = Path(path)
    temporary = path.with_suffix(path.suffix + ".tmp")
    state = {
        "epoch": epoch,
        "settings": settings,
        "random": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "parts": {name: part.state_dict() for name, part in parts.items()},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            torch.save(state, file)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        with contextlib.suppress(OSError):
            temporary.unlink()  # half a file would only fill the disk
        # Over the disk's error torch raises its own, of a position in the file.
        cause = error.__context__ if isinstance(error.__context__, OSError) else error
        raise CourseError(
            f"The checkpoint {path} could not be written ({cause}): free some disk "
            "space and run the cell again; the older checkpoint is untouched."
        ) from error


def resume(path: Path, settings: dict, **parts) -> int:
    """Put the state in a checkpoint into `parts`; return the epochs that were done.

    Returns 0, with `parts` untouched, if there is no file or if it was written under
    other settings. Only tensors and plain values are read (`weights_only=True`), no
    pickled code. Raises CourseError for a file that is no checkpoint of these parts.
    """
    path = Path(path)
    if not path.is_file():
        return 0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["settings"] != settings:
            print(f"{path} was trained with other settings: starting afresh.")
            return 0
        for name, part in parts.items():
            part.load_state_dict(state["parts"][name])
        torch.set_rng_state(state["random"])
        if state["cuda"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(state["cuda"])
    except Exception as error:  # torch raises many kinds for a broken file
        raise CourseError(
            f"The checkpoint {path} cannot be used ({type(error).__name__}): delete it "
            "and run the cell again to train afresh."
        ) from error
    print(f"{state['epoch']} epochs were done before; delete {path} to train afresh.")
    return state["epoch"]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that CUDA or the CPU had no memory left."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # On the CPU torch raises a plain RuntimeError with this text.
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


class MicroBatches:
    """Back-propagate a batch in pieces that fit, halving them when memory runs out.

    The gradient of a mean over a batch is the weighted sum of its pieces' gradients,
    so the result is that of the whole batch, unless a layer looks across examples
    (batch norm) or draws random numbers (dropout): then it is close, not equal, and
    `backward` says so when it halves.
    """

    def __init__(self, batch_size: int):
        self.size = batch_size

    def backward(
        self, model: torch.nn.Module, loss: Callable[..., torch.Tensor], *batch
    ) -> float:
        """Add the gradients of `loss(*batch)`, a mean over examples; return its value.

        `batch`: tensors whose first dimension is the examples. Gradients that were
        there before stay. Raises CourseError if a single example does not fit.
        """
        before = [_copy(parameter.grad) for parameter in model.parameters()]
        while True:
            try:
                return self._accumulate(loss, batch)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            # Outside the except block, so that no traceback holds tensors alive.
            for parameter, grad in zip(model.parameters(), before, strict=True):
                parameter.grad = _copy(grad)
            self._halve(model)

    def _accumulate(self, loss, batch) -> float:
        total, n = 0.0, len(batch[0])
        for start in range(0, n, self.size):
            piece = [tensor[start : start + self.size] for tensor in batch]
            value = loss(*piece) * (len(piece[0]) / n)
            value.backward()
            total += value.item()
        return total

    def _halve(self, model) -> None:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if self.size == 1:
            raise CourseError(
                "A single example does not fit into memory: choose a smaller model or "
                "input, or close what else uses the memory."
            )
        self.size = (self.size + 1) // 2
        print(f"Out of memory: going on with pieces of {self.size} examples.")
        mixing = {
            type(module).__name__
            for module in model.modules()
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)
            or (isinstance(module, torch.nn.modules.dropout._DropoutNd) and module.p)
        }
        if model.training and mixing:
            print(
                f"The result will differ a little from the whole batch's, because of "
                f"{' and '.join(sorted(mixing))}."
            )


def _copy(grad: torch.Tensor | None) -> torch.Tensor | None:
    return None if grad is None else grad.clone()
