"""What pyproject.toml cannot say: the wheel also holds the worker as one file."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from setuptools import setup
from setuptools.command.build_py import build_py

PACKAGE = Path(__file__).resolve().parent / "src" / "burro"


def _bundle() -> ModuleType:
    # By path: burro itself cannot be imported before its dependencies are there.
    spec = importlib.util.spec_from_file_location("bundle", PACKAGE / "pools" / "bundle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildWithWorker(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            _bundle().write_worker_zipapp(self._worker(), package=PACKAGE)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:  # noqa: FBT001, FBT002 - setuptools' signature
        outputs = super().get_outputs(include_bytecode)
        return outputs if self.editable_mode else [*outputs, str(self._worker())]

    def _worker(self) -> Path:
        return Path(self.build_lib) / "burro" / _bundle().NAME


setup(cmdclass={"build_py": BuildWithWorker})
