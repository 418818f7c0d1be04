from pathlib import Path

import pytest

from deploy.pjsip import CannotBuildError, packages
from deploy.pjsip.progress import Progress

DPKG = """\
g++ installed
make installed
swig config-files
libssl-dev unpacked
"""


def test_only_installed_packages_count() -> None:
    """A package that was removed, or never configured, is missing like one that dpkg does not know."""
    assert packages.absent(["g++", "make", "swig", "libssl-dev", "uuid-dev"], DPKG) == [
        "swig",
        "libssl-dev",
        "uuid-dev",
    ]


def test_user_who_is_not_root_gets_one_line_to_run(tmp_path: Path) -> None:
    """One line, with the whole command, and nothing is run."""
    with pytest.raises(CannotBuildError) as error:
        packages.install(["swig", "uuid-dev"], Progress("pjsip", 1, tmp_path / "log"), root=False)
    assert str(error.value) == "packages are missing: sudo apt-get install swig uuid-dev"
    assert not (tmp_path / "log").exists()
