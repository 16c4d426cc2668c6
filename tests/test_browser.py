"""JupyterLab in a real browser: an answer is typed, and its check turns green."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect, sync_playwright

from course import paths, workspace
from course.authoring.proof import browser

LESSON = "work/week00_start/00_start_here.ipynb"
