"""`import burro` gives the queue without costing anything before it is asked for."""

from __future__ import annotations

import subprocess
import sys


def test_the_queue_is_there_by_itself_and_only_when_asked_for():
    code = "import sys, burro; assert 'burro.api' not in sys.modules; print(burro.Queue.__name__, burro.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Queue 0.1.0\n"


def test_what_is_not_there_is_an_attribute_error():
    code = "import burro; burro.Quue"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "module 'burro' has no attribute 'Quue'" in done.stderr
