"""Building a wheel: the commit that it is built from is written into it. Only setuptools imports this."""

import subprocess
from pathlib import Path

from setuptools.command.build_py import build_py


class BuildWithCommit(build_py):
    """Copies the modules, then writes `fs_pipeline/commit.txt`; not for an editable install, which has its checkout."""

    def run(self) -> None:
        """Builds, then writes the file; outside a checkout, or without git, there is none."""
        super().run()
        if self.editable_mode or not Path(".git").exists():
            return
        try:
            answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return
        (Path(self.build_lib) / "fs_pipeline" / "commit.txt").write_text(answer.stdout, encoding="ascii")
