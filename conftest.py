"""Tests and `pytest --nbval-lax week00_start` run lessons at the `ci` tier.

They never touch the learner's own folders: work/, my/ and progress lie in runs/test/.
"""

import os
from pathlib import Path

ROOT = Path(__file__).parent
os.environ.setdefault("COURSE_TIER", "ci")
os.environ.setdefault("COURSE_CACHE", str(ROOT / ".course" / "cache"))
os.environ["COURSE_HOME"] = str(ROOT / "runs" / "test")
