"""`python -m course …` is `course …`."""

from course.cli import main

raise SystemExit(main())
