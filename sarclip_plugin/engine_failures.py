"""What goes wrong when the engine is set up, in sentences that name the remedy."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from .translation import tr


class Failure(NamedTuple):
    """A known failure: how it shows in the output of venv, pip or the engine, and what to say."""

    pattern: str  # of re.search, without regard to case
    sentence: str


def known_failures() -> list[Failure]:
    """All known failures, the most telling pattern first, since one output often matches several."""
    return [
        Failure(
            r"no space left on device|errno 28|not enough space on the disk|disk quota exceeded",
            tr("The disk is full; free some space and press Repair."),
        ),
        Failure(
            r"ensurepip is not\s+available|no module named '?ensurepip|no module named '?venv",
            tr(
                "This Python cannot make environments, because its part python3-venv is not "
                "installed; install it "
                "(on Debian and Ubuntu: sudo apt install python3-venv) or choose another Python."
            ),
        ),
        Failure(
            r"407 proxy auth|proxy authentication required",
            tr(
                "The proxy server asks for a name and a password; enter them in Settings ▸ Options ▸ "
                "Network and "
                "try again."
            ),
        ),
        Failure(
            r"missing dependencies for socks",
            tr("The installer cannot use a SOCKS proxy; enter an HTTP one in Settings ▸ Options ▸ Network."),
        ),
        Failure(
            r"cannot connect to proxy|proxyerror|tunnel connection failed",
            tr("The proxy server cannot be reached; check it in Settings ▸ Options ▸ Network and try again."),
        ),
        Failure(
            r"certificate_verify_failed|certificate verify failed|sslerror",
            tr(
                "The connection is not trusted, because something on the way replaces its "
                "certificate; ask your "
                "administrator for pip's setting “cert”, or install from an offline wheel folder."
            ),
        ),
        Failure(
            r"do not match the hashes|hash mismatch|badzipfile|is invalid, corrupt|invalid wheel",
            tr("A downloaded package is damaged; press Repair to download it again."),
        ),
        Failure(
            r"enable long paths|long path support|filename or extension is too long|file name too long",
            tr(
                "Windows refuses paths this long; let an administrator enable long paths, or choose "
                "an existing "
                "Python in a folder with a short name."
            ),
        ),
        Failure(
            r"access is denied|winerror 5\b|winerror 32\b|permission denied|operation not permitted|errno 13",
            tr(
                "A file could not be written: a virus scanner or another program holds it, or the folder is "
                "protected; close other QGIS windows, allow the folder in the virus scanner, and "
                "press Repair."
            ),
        ),
        Failure(
            r"requires a different python|requires-python|is not a supported wheel on this platform",
            tr("This Python is not supported by the engine's packages; choose Python 3.10 to 3.14, 64 bit."),
        ),
        Failure(
            r"failed to establish a new connection|name or service not known"
            r"|temporary failure in name resolution"
            r"|getaddrinfo failed|nodename nor servname|network is unreachable|connection refused"
            r"|newconnectionerror",
            tr(
                "The package server cannot be reached; check the network connection and the proxy in "
                "Settings ▸ "
                "Options ▸ Network, or install from an offline wheel folder."
            ),
        ),
        Failure(
            r"read timed out|readtimeouterror|connect timeout|connection reset|connection aborted"
            r"|incompleteread",
            tr("The connection to the package server broke off; try again, what is downloaded is kept."),
        ),
        Failure(
            r"no matching distribution found|could not find a version that satisfies",
            tr(
                "A package that the engine needs is not offered for this Python and system: {detail}. Choose "
                "another Python, or complete the offline wheel folder."
            ),
        ),
        Failure(
            r"resolutionimpossible|conflicting dependencies",
            tr("Packages contradict each other; press Repair, and report it when that does not help."),
        ),
        Failure(
            r"memoryerror|cannot allocate memory|killed",
            tr("There is not enough memory; close other programs and press Repair."),
        ),
        Failure(
            r"dll load failed|winerror 126|winerror 1114|vcruntime",
            tr(
                "A system library is missing; install the “Microsoft Visual C++ Redistributable” (64 "
                "bit) and "
                "press Repair."
            ),
        ),
        Failure(
            r"no module named '?(engine|torch|rasterio|open_clip)",
            tr("The engine's packages are not in this Python; choose another one, or let SARCLIP set it up."),
        ),
    ]


def explain(output: str, title: str) -> str:
    """Return one sentence for a failed step.

    Args:
        output: Everything the step printed.
        title: What the step was doing; said when the failure is not a known one.
    """
    for failure in known_failures():
        if re.search(failure.pattern, output, re.IGNORECASE):
            return failure.sentence.replace("{detail}", _wanted_package(output))
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    detail = next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "")
    sentence = tr("It stopped at “{title}”: {detail}")
    return sentence.format(title=title, detail=detail[:200] or tr("no reason given"))


def _wanted_package(output: str) -> str:
    """The package that pip did not find, as it names it."""
    pattern = r"(?:distribution found for|satisfies the requirement) ([^\s(;]+)"
    found = re.search(pattern, output, re.IGNORECASE)
    return found.group(1) if found else "?"


def hello_answer(output: str) -> dict[str, Any] | None:
    """The engine's answer to `hello` among everything it printed; None while there is none."""
    for line in output.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue  # a line of the log
        if isinstance(answer, dict) and ("result" in answer or "error" in answer):
            return answer
    return None


def hello_failure(output: str) -> str:
    """What is wrong with the engine's answer to `hello`; empty when nothing is."""
    answer = hello_answer(output)
    if answer is None:
        return explain(output, tr("Starting the engine"))
    if "error" in answer:
        return tr("The engine does not work: {reason}").format(reason=answer["error"].get("message", ""))
    return ""
