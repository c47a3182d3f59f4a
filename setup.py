"""Writes the commit that a wheel is built from into it; everything else about the package stands in pyproject.toml."""

import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithCommit(build_py):
    """Copies the modules, then writes `fs_pipeline/commit.txt`; not for an editable install, which has its checkout."""

    def run(self) -> None:
        """Builds, then writes the file."""
        super().run()
        if self.editable_mode or not Path(".git").exists():
            return
        try:
            asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return
        (Path(self.build_lib) / "fs_pipeline" / "commit.txt").write_text(asked.stdout, encoding="ascii")


setup(cmdclass={"build_py": BuildWithCommit})
