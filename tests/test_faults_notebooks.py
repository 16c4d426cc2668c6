"""Faults of a lesson, for real: killed kernels, no memory, the learner's own code.

Nothing wrong is used or kept, and the next run works.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading

import faults
import pytest
import torch
from test_run import ID, KEPT, notebook

from course import run
from course.exercises import exercise, load_exercise, progress

CENTRED = '''
import numpy as np

from course.exercises import Code, agrees


def centred(x):
    """Return x minus its mean; x: array of shape (n,)."""
    return x - x.mean()


def check(answer):
    agrees(answer, centred, [(np.array([1.0, 3.0]),), (np.arange(5.0),)])


exercise = Code(
    title="Centred",
    difficulty=1,
    minutes=2,
    hints=["a nudge", "nearly the answer"],
    seconds=60,
    function="centred",
    solution=centred,
    check=check,
)
'''


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setattr(exercise, "_sessions", {})
    monkeypatch.setattr(progress, "_said", set())
    (tmp_path / "centred.py").write_text(CENTRED)
    return tmp_path


@pytest.fixture
def ex(home):
    return load_exercise(home / "centred.py", "week/lesson", "ci")


def python(code, prefix=()):
    """Start a fresh interpreter."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# The kernel

TRAIN = """
import os, time
from pathlib import Path
import torch
from torch import nn
from torch.nn import functional as F
from course import training

folder = Path(os.environ["TRAIN_IN"])
settings = {"lr": 0.01}
torch.set_num_threads(1)
training.seed_everything(0)
model = nn.Sequential(nn.Linear(6, 16), nn.Dropout(0.5), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x, y = torch.randn(64, 6), torch.arange(64) % 3
parts = {"model": model, "optimizer": optimizer}
for epoch in range(training.resume(folder / "run.pt", settings, **parts), 6):
    for _ in range(5):
        pick = torch.randint(64, (8,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[pick]), y[pick]).backward()
        optimizer.step()
    training.save_checkpoint(folder / "run.pt", epoch + 1, settings, **parts)
    with open(folder / "epochs", "a") as file:
        print(os.getpid(), epoch + 1, file=file)
    if epoch == 2:
        time.sleep(float(os.environ["PAUSE"]))
torch.save(model.state_dict(), folder / "end.pt")
"""


def test_a_kernel_that_is_killed_in_mid_training(home, monkeypatch):
    monkeypatch.setenv("TRAIN_IN", str(home))
    monkeypatch.setenv("PAUSE", "60")
    path = notebook(home, TRAIN, *KEPT)
    epochs = home / "epochs"

    def kill():
        faults.until(lambda: epochs.exists() and len(epochs.read_text().split()) == 6)
        os.kill(int(epochs.read_text().split()[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    result = run.execute(ID, "ci", path)
    killer.join()
    assert len(result.failures) == 1 and not (home / "end.pt").exists()
    faults.said("kernel_killed", result.failures[0])
    assert (result.folder / "result.json").is_file()

    monkeypatch.setenv("PAUSE", "0")
    result = run.execute(ID, "ci", path)
    assert result.failures == []
    page = (result.folder / "lesson.html").read_text("utf-8")
    faults.said("training_resumed", page)
    done = [int(line.split()[1]) for line in epochs.read_text().splitlines()]
    assert done == [1, 2, 3, 4, 5, 6], "no epoch was trained twice"

    whole = home / "whole"
    whole.mkdir()
    monkeypatch.setenv("TRAIN_IN", str(whole))
    threads = torch.get_num_threads()
    exec(TRAIN, {})
    torch.set_num_threads(threads)
    uninterrupted, resumed = torch.load(whole / "end.pt"), torch.load(home / "end.pt")
    assert uninterrupted.keys() == resumed.keys()
    for name in resumed:
        assert torch.equal(uninterrupted[name], resumed[name]), name


MEMORY = """
import resource, torch
from torch import nn
from course.errors import CourseError
from course.training import MicroBatches

torch.set_num_threads(1)
torch.manual_seed(0)
x, y = torch.randn(256, 16), torch.randn(256, 1)
WIDE = 50_000  # 0.2 MB an example and layer, 50 MB the batch

def limit(megabytes):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 10**6, -1))

def gradients(size, *extra):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, WIDE), *extra, nn.Tanh(), nn.Linear(WIDE, 1))
    memory = MicroBatches(size)
    loss = memory.backward(model, lambda x, y: (model(x) - y).square().mean(), x, y)
    return memory.size, loss, [parameter.grad for parameter in model.parameters()]

size, loss, whole = gradients(256)
assert size == 256
torch.testing.assert_close(x, x)  # what it imports at first must not need the room
limit(110)
print("limited")
size, pieces_loss, pieces = gradients(256)
print("size", size)
assert abs(loss - pieces_loss) < 1e-5
for one, other in zip(whole, pieces, strict=True):
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
for layer in (nn.BatchNorm1d(WIDE), nn.Dropout(0.5)):
    print("with", type(layer).__name__)
    assert gradients(256, layer)[0] < 256
    del layer
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
assert gradients(256)[0] == 256
print("room again")
limit(2)
model = nn.Linear(16, 1)

def large(x):  # 64 MB for one example
    return model(x).mean() + x.repeat(1, 10**6).mean()

try:
    MicroBatches(2).backward(model, large, x[:2])
except CourseError as error:
    print(error)
"""


def test_out_of_memory_and_the_batch_halved():
    """By a limit on the address space, which Linux alone enforces."""
    done = python(MEMORY)
    out, error = done.communicate(timeout=100)
    assert done.returncode == 0, error
    headings = "limited|with BatchNorm1d|with Dropout|room again"
    whole, plain, norm, dropout, one = re.split(f"(?m)^(?:{headings})\n", out)
    assert whole == ""
    faults.said("out_of_memory", plain)
    assert "differ" not in plain and "size 256" not in plain
    faults.said("out_of_memory_batch_norm", norm)
    faults.said("out_of_memory_dropout", dropout)
    faults.said("one_example_too_large", one)


def test_a_full_disk_under_a_checkpoint(tmp_path):
    """Without namespaces, a limit on a file's size ends the write instead."""
    disk = faults.Disk(tmp_path / "disk", "1m")
    if not disk.real:
        disk.prefix = ["prlimit", "--fsize=1000000", "--"]
    code = (
        "import os, torch; from course import training\n"
        f"path = {str(disk.folder / 'deep' / 'run.pt')!r}\n"
        "small, large = torch.nn.Linear(4, 4), torch.nn.Linear(1000, 1000)\n"
        "training.save_checkpoint(path, 1, {}, model=small)\n"
        "try:\n    training.save_checkpoint(path, 2, {}, model=large)\n"
        "except Exception as error:\n    print(error)\n"
        "assert os.listdir(os.path.dirname(path)) == ['run.pt']\n"
        "assert training.resume(path, {}, model=small) == 1\n"
        "training.save_checkpoint(path, 2, {}, model=small)\n"
        "assert training.resume(path, {}, model=small) == 2\n"
    )
    process = python(code, disk.prefix)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    faults.said("full_disk_under_a_checkpoint", out.splitlines()[0])
    disk.close()


# The learner's code


def raises():
    def centred(x):
        return x - mean_of(x)  # noqa: F821

    return centred


def loops():
    def centred(x):
        while True:
            try:
                x = x + 1
            except:  # noqa: E722
                x = 0

    return centred


def recurses():
    def centred(x):
        return centred(x - x.mean())

    return centred


def mutates():
    def centred(x):
        x -= x.mean()
        return x

    return centred


def wrong_type():
    return lambda x: "centred"


def returns_nothing():
    def centred(x):
        x - x.mean()

    return centred


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (raises, "raised"),
        (loops, "not yet"),
        (recurses, "raised"),
        (mutates, "not yet"),
        (wrong_type, "not yet"),
        (returns_nothing, "not yet"),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_the_learners_code(ex, fault, status, capsys):
    answer = fault()
    ex.seconds = 1 if fault is loops else 60
    ex.check(answer)
    faults.said(f"code_{fault.__name__}", capsys.readouterr().out)
    assert progress.table()["week/lesson"]["centred"].best == status
    # The lesson goes on with the reference, and says so.
    assert ex.use(answer) is ex.reference
    faults.said("reference_used", capsys.readouterr().out)
    # The next answer is graded as if nothing had been.
    ex.seconds = 60
    ex.check(lambda x: x - x.mean())
    assert "Passed" in capsys.readouterr().out
    assert progress.table()["week/lesson"]["centred"].best == "passed"
    assert progress.attempts("week/lesson", "centred") == 2


def test_code_that_prints_a_million_lines(ex, capsys):
    def centred(x):
        for number in range(1_000_000):
            print(number)
        return x - x.mean()

    ex.check(centred)
    out = capsys.readouterr().out
    faults.said("code_prints", out)
    assert len(out) < 2000
    assert ex.use(centred) is centred
    print("printing works")
    assert capsys.readouterr().out.endswith("printing works\n")


# Progress

KERNEL = """
import sys, time
from pathlib import Path
from course.exercises import load_exercise
home, number = Path(sys.argv[1]), sys.argv[2]
ex = load_exercise(home / "centred.py", "week/lesson", "ci")
(home / f"ready{number}").touch()
while not (home / "go").exists():
    time.sleep(0.001)
for _ in range(20):
    ex.check(ex.reference)
"""


def kernels(home, count):
    """Processes answer 20 times each, from the same moment; what they complain."""
    all_of_them = [
        subprocess.Popen(
            [sys.executable, "-c", KERNEL, str(home), str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    faults.until(lambda: len(list(home.glob("ready*"))) == count)
    (home / "go").touch()
    told = [process.communicate(timeout=60) for process in all_of_them]
    assert [process.returncode for process in all_of_them] == [0] * count, told
    assert [out.count("Passed") for out, _ in told] == [20] * count
    assert progress.attempts("week/lesson", "centred") == 20 * count
    return "".join(error for _, error in told)


def test_two_kernels_answer_at_once(home):
    faults.said("two_kernels", kernels(home, 2))


def test_three_kernels_meet_a_damaged_file(home):
    """One of them moves it aside; no other takes the new one for it."""
    damaged = b"\xa5" * 8192
    progress.file().parent.mkdir()
    progress.file().write_bytes(damaged)
    faults.said("damaged_progress", kernels(home, 3))
    (aside,) = progress.file().parent.glob("*.damaged-*")
    assert aside.read_bytes() == damaged


def test_a_newer_progress_file(ex, capsys):
    ex.check(ex.reference)
    database = sqlite3.connect(progress.file(), isolation_level=None)
    database.execute("PRAGMA user_version = 99")
    capsys.readouterr()
    before = progress.file().read_bytes()
    ex.check(ex.reference)
    out, error = capsys.readouterr()
    assert "Passed" in out, "the exercise goes on"
    faults.said("newer_progress", error)
    assert len(error.splitlines()) == 1
    assert progress.file().read_bytes() == before
    # As after `course update`.
    database.execute(f"PRAGMA user_version = {progress.SCHEMA}")
    database.close()
    ex.check(ex.reference)
    assert capsys.readouterr().err == ""
    assert progress.attempts("week/lesson", "centred") == 2
