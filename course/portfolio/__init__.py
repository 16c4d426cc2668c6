"""A learner's portfolio in my/portfolio/: a page for each week's project.

`add` keeps a page, `html` makes one self-contained file of all. Nothing is uploaded.
"""

from course.portfolio.page import Page, SaysNothing, add
from course.portfolio.site import Site, html

__all__ = ["Page", "SaysNothing", "Site", "add", "html"]
