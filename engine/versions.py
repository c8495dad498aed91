"""Versions of what results depend on."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("sarclip", "torch", "rasterio", "numpy", "open_clip_torch")
"""What the engine's own answers depend on."""


def versions() -> dict[str, str]:
    """Versions of Python and of those packages."""
    return {"python": platform.python_version()} | package_versions(PACKAGES)


def package_versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions by package; "not installed" for what is not there."""
    return {package: _version(package) for package in packages}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
