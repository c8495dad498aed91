"""The reasoning of the set-up: Pythons, commands, progress, proxy, sentences, the report."""

from __future__ import annotations

# ruff: noqa: E402 - QGIS must run before the plugin is imported
import json
import re
import sys
from pathlib import Path

import pytest

from tests.plugin.application import start_qgis, wait_until

start_qgis()

from qgis.core import QgsApplication, QgsNetworkAccessManager
from qgis.PyQt.QtNetwork import QNetworkProxy

from sarclip_plugin import engine_setup, python_finder
from sarclip_plugin.controller import EngineController
from sarclip_plugin.diagnostics import plugin_version, redact, report
from sarclip_plugin.engine_failures import explain, hello_failure, known_failures
from sarclip_plugin.engine_setup import SIZES, Compute, Request, space_problem_mb
from sarclip_plugin.pip_environment import Proxy, for_pip
from sarclip_plugin.pip_progress import PipProgress
from sarclip_plugin.setup_run import qgis_proxy

FAILURES = {
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": "disk is full",
    "The virtual environment was not created successfully because ensurepip is not\navailable.": "python3-venv",
    "OSError('Tunnel connection failed: 407 Proxy Authentication Required')": "name and a password",
    "ProxyError('Cannot connect to proxy.', NewConnectionError('Failed to establish a new'))": "proxy server",
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate": "certificate",
    "NewConnectionError: Failed to establish a new connection: [Errno -2] Name or service not known\n"
    "ERROR: No matching distribution found for torch==2.15.0": "package server cannot be reached",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.": "damaged",
    "PermissionError: [WinError 5] Access is denied: 'C:\\\\engine\\\\torch.dll'": "virus scanner",
    "HINT: This error might have occurred since this system has no Windows Long Path support": "long paths",
    "ERROR: Package 'sarclip' requires a different Python: 3.9.5 not in '>=3.10'": "Python 3.10",
    "ERROR: No matching distribution found for rasterio==1.4.4": "rasterio==1.4.4",
    "ReadTimeoutError(\"HTTPSConnectionPool(host='files.pythonhosted.org'): Read timed out.\")": "broke off",
    "OSError: [WinError 126] The specified module could not be found. Error loading c10.dll": "Visual C++",
    "ModuleNotFoundError: No module named 'engine'": "not in this Python",
}


@pytest.mark.parametrize(("output", "wanted"), FAILURES.items(), ids=FAILURES.values())
def test_known_failures_end_in_a_sentence(output: str, wanted: str) -> None:
    sentence = explain(f"Collecting torch\n{output}\n[notice] to update, run pip\n", "Installing torch")
    assert wanted in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_an_unknown_failure_quotes_the_last_error() -> None:
    sentence = explain("ERROR: first\nERROR: the moon is full\nbye", "Installing torch")
    assert "Installing torch" in sentence
    assert "the moon is full" in sentence
    assert "Installing torch" in explain("", "Installing torch")


def test_every_pattern_compiles_and_every_sentence_is_its_own() -> None:
    sentences = [failure.sentence for failure in known_failures()]
    assert len(set(sentences)) == len(sentences)
    for failure in known_failures():
        re.compile(failure.pattern)


def test_hello() -> None:
    good = '{"jsonrpc": "2.0", "id": 1, "result": {"engine": "0.1.0"}}'
    assert hello_failure(f"2026 INFO a line of the log\n{good}\n") == ""
    bad = '{"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no model"}}'
    assert "no model" in hello_failure(bad)
    assert hello_failure("")
    assert hello_failure("[1, 2]\nnull")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"version": [3, 11, 2], "bits": 64, "venv": True}, ""),
        ({"version": [3, 9, 5], "bits": 64, "venv": True}, "3.10"),
        ({"version": [3, 99, 0], "bits": 64, "venv": True}, "3.10"),
        ({"version": [3, 12, 1], "bits": 32, "venv": True}, "32 bit"),
        ({"version": [3, 12, 1], "bits": 64, "venv": False}, "python3-venv"),
        ("no JSON", "does not run"),
    ],
)
def test_judging_a_python(answer: object, problem: str) -> None:
    output = answer if isinstance(answer, str) else json.dumps(answer)
    found = python_finder.read_probe("/x/python", f"a warning\n{output}\n")
    assert problem in found.problem
    assert bool(found.problem) == bool(problem)
    assert python_finder.best([found]) == (None if problem else found)


def test_qgis_on_windows_is_not_taken_for_a_python(tmp_path: Path) -> None:
    for name in ("python.exe", "python3.exe"):
        (tmp_path / name).write_bytes(b"")
    found = python_finder.candidates("win32", {"PATH": ""}, str(tmp_path), r"C:\QGIS\bin\qgis-bin.exe")
    assert found == [str(tmp_path / "python.exe"), str(tmp_path / "python3.exe")]


def test_candidates_exist_and_come_once() -> None:
    found = python_finder.candidates()
    assert sys.executable in found
    assert len({Path(path).resolve() for path in found}) == len(found)


def test_torch_and_torchvision_come_from_one_place(tmp_path: Path) -> None:
    """A torchvision of another build stops torch with `operator torchvision::nms does not exist`."""
    for platform, compute in (("linux", Compute.CPU), ("win32", Compute.CUDA)):
        steps = engine_setup.plan(Request(tmp_path, "python", compute), platform)
        indexed = [step for step in steps if "--index-url" in step.arguments]
        assert len(indexed) == 1
        assert indexed[0].arguments[-1].endswith("engine-torch.txt")
    pins = (engine_setup.REQUIREMENTS / "engine-torch.txt").read_text(encoding="utf-8")
    assert "torch==" in pins
    assert "torchvision==" in pins
    for platform, compute in (("linux", Compute.CUDA), ("win32", Compute.CPU), ("darwin", Compute.CUDA)):
        steps = engine_setup.plan(Request(tmp_path, "python", compute), platform)
        assert not any("--index-url" in step.arguments for step in steps)


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
@pytest.mark.parametrize("compute", list(Compute))
@pytest.mark.parametrize("offline", [False, True])
def test_plans(platform: str, compute: Compute, offline: bool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels" if offline else None
    steps = engine_setup.plan(Request(tmp_path / "engine", "python", compute, wheels), platform)
    assert all(step.share > 0 for step in steps)
    assert steps[-1].check is not None
    python = str(engine_setup.environment_python(tmp_path / "engine", platform))
    assert all(step.arguments[0] == python for step in steps[1:])
    installs = [step.arguments for step in steps if "install" in step.arguments]
    assert all("--no-input" in arguments for arguments in installs), "pip would wait for an answer for ever"
    assert all(("--no-index" in arguments) for arguments in installs) or not offline
    assert "--no-index" in installs[-1], "the engine comes from the plugin's folder"


def test_everything_is_pinned() -> None:
    for path in engine_setup.REQUIREMENTS.glob("engine-*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.startswith("#") or re.match(r"^[a-z0-9-]+==[\w.]+(; .+)?$", line), f"{path.name}: {line}"


def test_progress_never_falls_and_hides_its_raw_lines() -> None:
    progress = PipProgress(expected_mb=30)
    lines = ["Collecting torch", "Downloading https://x/torch-2.15.0-cp311.whl (20.0 MB)"]
    lines += [f"Progress {part}000000 of 20000000" for part in range(0, 21, 5)]
    lines += [
        "Using cached numpy-2.4.6-cp311.whl (10.0 MB)",
        "Progress nonsense",
        "Installing collected packages: x",
    ]
    seen = []
    shown = [line for line in lines if progress.feed(line) or seen.append(progress.fraction)]
    assert not any(re.match(r"Progress \d", line) for line in shown)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(0.85 * 20 / 30)
    assert progress.fraction == pytest.approx(0.85)
    assert "torch" not in progress.text


def test_pip_s_environment() -> None:
    proxy = Proxy("http", "proxy.example", 8080, "DOMAIN\\ann", "p@ss:/word", ("intranet", "10.0.0.1"))
    environment = for_pip(
        {
            "PATH": "/bin",
            "PYTHONHOME": "/qgis",
            "PYTHONPATH": "/qgis",
            "GDAL_DATA": "/qgis",
            "PROJ_LIB": "/q",
        },
        proxy,
        "/room",
    )
    assert not {"PYTHONHOME", "PYTHONPATH", "GDAL_DATA", "PROJ_LIB"} & set(environment)
    assert environment["PATH"] == "/bin"
    assert environment["TMPDIR"] == "/room"
    assert environment["HTTPS_PROXY"] == "http://DOMAIN%5Cann:p%40ss%3A%2Fword@proxy.example:8080"
    assert environment["no_proxy"] == "intranet,10.0.0.1"
    assert "HTTPS_PROXY" not in for_pip({}, None, "/room")


def test_qgis_s_proxy() -> None:
    manager = QgsNetworkAccessManager.instance()
    before, excluded = manager.fallbackProxy(), manager.excludeList()
    try:
        wanted = QNetworkProxy(QNetworkProxy.ProxyType.HttpProxy, "proxy.example", 3128, "ann", "secret")
        manager.setFallbackProxyAndExcludes(wanted, ["http://intranet/maps"], [])
        proxy = qgis_proxy()
        assert proxy.url == "http://ann:secret@proxy.example:3128"
        assert proxy.excluded == ("intranet",)
        manager.setFallbackProxyAndExcludes(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy), [], [])
        assert qgis_proxy() is None
    finally:
        manager.setFallbackProxyAndExcludes(before, excluded, [])


@pytest.mark.parametrize(
    ("text", "home", "user", "wanted"),
    [
        ("/home/ann/x.tif", "/home/ann", "ann", "~/x.tif"),
        ("/home/anna/x.tif", "/home/ann", "ann", "…/x.tif"),
        ("/home/ann/acme/x.tif", "/home/ann", "ann", "~/…/x.tif"),
        (r"C:\Users\Ann\AppData", r"C:\Users\Ann", "Ann", r"~\AppData"),
        ("C:/Users/Ann/AppData", r"C:\Users\Ann", "Ann", "~/AppData"),
        ("http://ann:secret@proxy:80/", "/home/ann", "ann", "http://<login>@proxy:80/"),
        ("made by ann, cannot", "/home/ann", "ann", "made by <user>, cannot"),
        ("scene on /data/x.tif", "/root", "root", "scene on …/x.tif"),
        (r"D:\Client A\secret mine\x.tif cannot", r"C:\Users\Ann", "Ann", r"…\x.tif cannot"),
        ("OSError: 'D:\\\\Client\\\\x.tif'", r"C:\Users\Ann", "Ann", "OSError: '…\\x.tif'"),
        (r"\\server\client\x.tif", r"C:\Users\Ann", "Ann", r"…\x.tif"),
        ("open('/mnt/client b/x.tif') to /out/y.tif", "/root", "root", "open('…/x.tif') to …/y.tif"),
        ("links: file:///mnt/client/wheels", "/root", "root", "links: file://…/wheels"),
        ("https://download.pytorch.org/whl/cpu/torch.whl", "/root", "root",
         "https://download.pytorch.org/whl/cpu/torch.whl"),
        ("/usr/bin/python3, 1/2 and/or 3 / 4", "/root", "root", "/usr/bin/python3, 1/2 and/or 3 / 4"),
    ],
)
def test_redaction(text: str, home: str, user: str, wanted: str) -> None:
    assert redact(text, home, user) == wanted


def test_report_says_what_a_bug_report_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = EngineController()
    text = report(controller, ["▸ Installing torch", f"ERROR in {Path.home()}/secret"])
    assert plugin_version() in text
    assert "QGIS: 3." in text or "QGIS: 4." in text
    assert str(Path.home()) not in text
    assert "ERROR in ~/secret" in text
    controller.close()


def test_the_engine_s_last_words_are_in_the_log_panel_and_in_the_report(tmp_path: Path) -> None:
    """A crash in torch leaves a traceback; nobody asks for it before it has happened."""
    engine = tmp_path / "engine.py"
    engine.write_text("import sys; sys.exit('Fatal Python error: Segmentation fault in /mnt/client/torch.py')")
    panel: list[tuple[str, str]] = []

    def keep(text: str, tag: str, _level: object) -> None:
        panel.append((text, tag))

    controller = EngineController()
    controller.client._arguments = (str(engine),)
    QgsApplication.messageLog().messageReceived.connect(keep)
    try:
        controller.client.start(sys.executable)
        wait_until(lambda: any("Segmentation fault" in text and tag == "SARCLIP" for text, tag in panel), 20_000)
        wait_until(lambda: len(controller.log.lines()) > 1, 20_000)
    finally:
        QgsApplication.messageLog().messageReceived.disconnect(keep)
        controller.close()
    assert "Segmentation fault in …/torch.py" in report(controller)
    for number in range(300):
        controller.client.log.emit(f"line {number}")
    assert controller.log.lines()[-1] == "line 299"
    assert len(controller.log.lines()) == 100


def test_an_environment_that_is_there_needs_no_second_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(tmp_path / "env", "/usr/bin/python3", Compute.CPU)
    needed = SIZES[Compute.CPU].disk_mb + SIZES[Compute.CPU].download_mb
    monkeypatch.setattr(engine_setup, "free_mb", lambda _folder: needed - 3)
    assert space_problem_mb(request) == 3
    request.folder.mkdir()
    with (request.folder / "package").open("wb") as file:
        file.truncate(2_000_000)
    assert space_problem_mb(request) == 1, "what is there is cleared first, or kept"
    with (request.folder / "package").open("ab") as file:
        file.truncate(9_000_000)
    assert space_problem_mb(request) == 0
