"""The environment variables of pip: those of any process of the engine, and QGIS's proxy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from .engine_process import clean_environment


@dataclass(frozen=True)
class Proxy:
    """A proxy server as QGIS's options hold it."""

    kind: str  # "http" or "socks5"
    host: str
    port: int = 0
    user: str = ""
    password: str = ""
    excluded: tuple[str, ...] = ()  # hosts or addresses that are reached without it

    @property
    def url(self) -> str:
        """As pip and curl read it; name and password may hold any character."""
        name = quote(self.user, safe="")
        login = f"{name}:{quote(self.password, safe='')}@" if self.user else ""
        scheme = {"http": "http", "socks5": "socks5h"}[self.kind]
        return f"{scheme}://{login}{self.host}" + (f":{self.port}" if self.port else "")


def for_pip(environment: Mapping[str, str], proxy: Proxy | None, temporary_folder: str) -> dict[str, str]:
    """The environment of pip: clean, with QGIS's proxy, and room for what it unpacks.

    Args:
        environment: Of this process.
        proxy: QGIS's, or None to leave what the system says.
        temporary_folder: On the disk of the environment; /tmp often is too small for torch.
    """
    result = clean_environment(environment, {"PYTHONUNBUFFERED": "1"})
    result.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary_folder))
    if proxy:
        # in the environment, not on the command line, where everybody on the machine could read the password
        result.update(dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy.url))
        if proxy.excluded:
            result.update(dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(proxy.excluded)))
    return result
