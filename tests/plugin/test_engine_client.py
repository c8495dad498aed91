"""The client of the engine: with the real engine on the demo scene, and with a worker that misbehaves.

Run by the interpreter that imports `qgis`; the engine runs in its own (SARCLIP_PYTHON).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("qgis.core", reason="needs the interpreter that QGIS's bindings belong to")

from qgis.PyQt.QtCore import QCoreApplication, QTimer

from sarclip_plugin.engine_client import (
    EngineCancelled,
    EngineClient,
    EngineDied,
    EngineError,
    EngineStopped,
    EngineTimeout,
)
from sarclip_plugin.engine_process import clean_environment
from sarclip_plugin.engine_supervisor import Timing

ROOT = Path(__file__).resolve().parents[2]
ENGINE_PYTHON = Path(os.environ.get("SARCLIP_PYTHON", ROOT / ".venv" / "bin" / "python"))
HARBOR = str(ROOT / "resources" / "demo" / "harbor.tif")
BLOCKED_S = 0.05  # longest time the main thread may be busy
QUICK = Timing(
    start_s=2, ping_every_s=0.1, silence_s=0.6, cancel_s=1, stop_s=0.5, backoff_s=(0.05, 0.1), tick_s=0.05
)

# Answers by name of the method; `die` ends it, `freeze` stops it, `slow` keeps the line busy.
FAKE = r"""
import json, os, signal, sys, threading, time
def send(message):
    sys.stdout.write(json.dumps(message) + "\n"); sys.stdout.flush()
def work(message):
    number, method, params = message.get("id"), message["method"], message.get("params", {})
    if method == "hello":
        if "mute" in sys.argv: return
        protocol = 0 if "old" in sys.argv else 1
        result = {"protocol": protocol, "pid": os.getpid(), "env": dict(os.environ)}
        send({"jsonrpc": "2.0", "id": number, "result": result})
    elif method == "ping":
        if "deaf" not in sys.argv: send({"jsonrpc": "2.0", "id": number, "result": {}})
    elif method == "die": os.kill(os.getpid(), signal.SIGKILL)
    elif method == "die_once":
        if not os.path.exists(params["mark"]):
            open(params["mark"], "w").close(); os.kill(os.getpid(), signal.SIGKILL)
        send({"jsonrpc": "2.0", "id": number, "result": {"pid": os.getpid()}})
    elif method == "freeze": os.kill(os.getpid(), signal.SIGSTOP)
    elif method == "ignore" or method == "cancel": pass
    elif method == "garbage":
        for line in ("nonsense", "[]", "{", '"x"', "{}"): print(line)
        send({"jsonrpc": "2.0", "id": []})
        send({"jsonrpc": "2.0", "id": 999, "result": {}})
        send({"jsonrpc": "2.0", "method": "progress"})
        send({"jsonrpc": "2.0", "method": "progress", "params": {"id": {}}})
        sys.stdout.buffer.write(b"\xff\xfe\n")
        send({"jsonrpc": "2.0", "id": number, "result": {"fine": True}})
    elif method == "no_result": send({"jsonrpc": "2.0", "id": number, "result": 3})
    elif method == "empty_error": send({"jsonrpc": "2.0", "id": number, "error": []})
    else: send({"jsonrpc": "2.0", "id": number, "result": {"echo": params}})
if "crash" in sys.argv: sys.exit("ModuleNotFoundError: No module named 'torch'")
if "stubborn" in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)
for line in sys.stdin: work(json.loads(line))
while "stubborn" in sys.argv: time.sleep(1)
"""


@pytest.fixture(scope="session")
def app() -> QCoreApplication:
    """One for all tests; QGIS's own where another module made it."""
    return QCoreApplication.instance() or QCoreApplication([])


class Bench:
    """A client, everything it said, and an event loop that can be measured."""

    def __init__(
        self, app: QCoreApplication, arguments: tuple[str, ...], python: str, timing: Timing
    ) -> None:
        self._app, self.python = app, python
        self.client = EngineClient(timing=timing, arguments=arguments)
        self.states: list[str] = []
        self.messages: list[str] = []
        self.logged: list[str] = []
        self.pids: set[int] = set()
        self.client.state_changed.connect(self.states.append)
        self.client.message.connect(self.messages.append)
        self.client.log.connect(self.logged.append)

    def spin(self, until: Callable[[], object], seconds: float = 60.0) -> float:
        """Let the event loop run; return the longest time it was blocked, in seconds."""
        beats = [time.monotonic()]
        timer = QTimer()
        timer.timeout.connect(lambda: beats.append(time.monotonic()))
        timer.start(2)
        while not until():
            assert time.monotonic() - beats[0] < seconds, (self.states, self.messages, self.logged[-5:])
            self._app.processEvents()
            time.sleep(0.001)
            if self.client.pid:
                self.pids.add(self.client.pid)
        timer.stop()
        beats.append(time.monotonic())
        return max(after - before for before, after in zip(beats, beats[1:]))  # noqa: B905, RUF007 - Python 3.9

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Call, and let the event loop run until the answer is there."""
        found: list[Any] = []
        self.client.call(method, params, found.append, found.append)
        self.spin(lambda: found)
        if isinstance(found[0], EngineError):
            raise found[0]
        return found[0]

    def ready(self) -> None:
        """Start, and wait until the engine is ready or was given up."""
        self.client.start(
            self.python, {"SARCLIP_CACHE": os.environ.get("TEST_CACHE", ""), "OMP_NUM_THREADS": "1"}
        )
        self.spin(lambda: self.client.state != "starting")


def running(pid: int) -> bool:
    """Whether a process lives; one that ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def make_fake(app: QCoreApplication, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Benches with the fake worker; none of their processes is left."""
    benches: list[Bench] = []
    script = tmp_path / "worker.py"
    script.write_text(FAKE)

    def make(*words: str, timing: Timing = QUICK) -> Bench:
        benches.append(Bench(app, (str(script), *words), sys.executable, timing))
        return benches[-1]

    yield make
    for bench in benches:
        bench.client.stop()
        assert not [pid for pid in bench.pids if running(pid)]


@pytest.fixture
def fake(make_fake: Callable[..., Bench]) -> Bench:
    """A worker that behaves until it is told not to."""
    bench = make_fake()
    bench.ready()
    return bench


def test_a_first_start_tells_its_states(fake: Bench) -> None:
    fake.spin(lambda: len(fake.states) == 2)
    assert fake.states == ["starting", "ready"]
    assert fake.client.hello["protocol"] == 1
    first = fake.client.pid
    fake.client.start(
        fake.python, {"SARCLIP_CACHE": os.environ.get("TEST_CACHE", ""), "OMP_NUM_THREADS": "1"}
    )
    assert fake.client.pid == first  # the same again is nothing to do


def test_answers_come_in_order_from_both_kinds_of_calls(fake: Bench) -> None:
    found: list[int] = []
    for number in range(50):
        fake.client.call("echo", {"n": number}, lambda result: found.append(result["echo"]["n"]))
    fake.spin(lambda: len(found) == 50)
    assert found == list(range(50))
    assert fake.client.call_blocking("echo", {"n": "港"}) == {"echo": {"n": "港"}}


def test_garbage_of_the_worker_harms_nobody(fake: Bench) -> None:
    assert fake.ask("garbage") == {"fine": True}
    for method in ("no_result", "empty_error"):
        with pytest.raises(EngineError):
            fake.ask(method)
    assert fake.ask("echo", n=1) == {"echo": {"n": 1}}
    assert any("nonsense" in line for line in fake.logged)


def test_a_request_that_kills_is_made_twice_and_no_more(fake: Bench) -> None:
    first = fake.client.pid
    with pytest.raises(EngineDied) as caught:
        fake.ask("die")
    assert caught.value.retryable
    fake.spin(lambda: fake.client.state == "ready" and len(fake.messages) == 2)
    assert fake.client.pid != first
    assert fake.ask("echo", n=1) == {"echo": {"n": 1}}
    assert all(text.endswith("It is started again.") for text in fake.messages)


def test_the_others_hear_of_a_death_and_are_repeated_when_they_may(fake: Bench, tmp_path: Path) -> None:
    found: list[Any] = []
    mark = str(tmp_path / "mark")
    first = fake.client.pid
    fake.client.call("die_once", {"mark": mark}, found.append, found.append)
    fake.client.call("echo", {"n": 1}, found.append, found.append)
    fake.client.call("echo", {"n": 2}, found.append, found.append, retry=False)
    fake.spin(lambda: len(found) == 3)
    assert isinstance(found[0], EngineDied)  # at once: it may not be repeated
    assert found[1]["pid"] != first
    assert found[2] == {"echo": {"n": 1}}


@pytest.mark.parametrize("word", ["mute", "deaf", "crash", "old"])
def test_a_worker_that_never_works_is_given_up_while_the_event_loop_runs(
    make_fake: Callable[..., Bench], word: str
) -> None:
    bench = make_fake(word)
    found: list[Any] = []
    start = time.monotonic()
    bench.client.start(bench.python)
    bench.client.call("ignore", {}, found.append, found.append)
    assert time.monotonic() - start < BLOCKED_S
    blocked = bench.spin(lambda: bench.client.state == "failed" and found, seconds=30)
    assert blocked < BLOCKED_S
    assert isinstance(found[0], EngineDied)
    told = 1 if word == "old" else 1 + len(QUICK.backoff_s)
    bench.spin(lambda: len(bench.messages) == told)
    expected = {
        "mute": "did not start within 2",
        "deaf": "did not answer for 1",
        "crash": "torch",
        "old": "Repair",
    }
    assert expected[word] in bench.messages[-1]
    with pytest.raises(EngineStopped):
        bench.client.call_blocking("echo")


def test_a_frozen_worker_is_found_out_and_replaced(fake: Bench) -> None:
    first = fake.client.pid
    with pytest.raises(EngineDied):
        fake.client.call_blocking("freeze", retry=False)
    assert not running(first)
    assert fake.client.call_blocking("echo", {"n": 1}) == {"echo": {"n": 1}}


def test_time_is_up_for_one_request_only(fake: Bench) -> None:
    start = time.monotonic()
    with pytest.raises(EngineTimeout):
        fake.client.call_blocking("ignore", timeout_s=0.3)
    assert 0.2 < time.monotonic() - start < 2
    assert fake.ask("echo", n=1) == {"echo": {"n": 1}}


def test_a_cancel_that_is_not_heeded_ends_the_worker(fake: Bench) -> None:
    first = fake.client.pid
    with pytest.raises(EngineCancelled):
        fake.client.call_blocking("ignore", cancelled=lambda: True)
    assert not running(first)


def test_stop_wakes_who_waits_and_calls_nobody_back(fake: Bench) -> None:
    found: list[Any] = []
    fake.client.call("ignore", {}, found.append, found.append)
    waited: list[type] = []

    def wait() -> None:
        try:
            fake.client.call_blocking("ignore")
        except EngineError as error:
            waited.append(type(error))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    pid = fake.client.pid
    fake.client.stop()
    thread.join(2)
    assert waited == [EngineStopped]
    assert not running(pid)
    fake.spin(lambda: fake.states[-1] == "stopped")
    assert not found
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("sarclip")]
    fake.ready()
    assert fake.ask("echo", n=2) == {"echo": {"n": 2}}


def test_a_stubborn_worker_is_killed(make_fake: Callable[..., Bench]) -> None:
    bench = make_fake("stubborn")
    bench.ready()
    pid = bench.client.pid
    start = time.monotonic()
    bench.client.stop()
    assert not running(pid)
    assert time.monotonic() - start < 3


def test_nobody_waits_for_a_stubborn_worker_that_is_replaced(make_fake: Callable[..., Bench]) -> None:
    bench = make_fake("stubborn")
    bench.ready()
    first = bench.client.pid
    start = time.monotonic()
    bench.client.start(bench.python, {"SARCLIP_CACHE": "elsewhere"})
    bench.client.stop(wait=False)
    bench.client.start(bench.python, {"SARCLIP_CACHE": "there"})
    assert time.monotonic() - start < 0.5
    assert not bench.client.has_ended
    assert bench.ask("echo", n=1) == {"echo": {"n": 1}}
    second = bench.client.pid
    bench.client.stop()
    assert bench.client.has_ended
    assert not running(first)
    assert not running(second)


def test_an_interpreter_that_is_gone_is_one_sentence(app: QCoreApplication, tmp_path: Path) -> None:
    bench = Bench(app, ("-m", "x"), str(tmp_path / "gone" / "python"), QUICK)
    with pytest.raises(EngineDied, match=r"cannot be started.*set up the engine again"):
        bench.client.start(bench.python)
        bench.ask("echo")
    assert bench.client.state == "failed"


def test_the_environment_is_clean(fake: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "libqgis_core.so.3.22").touch()
    alien = {
        "PYTHONPATH": "/usr/share/qgis/python", "PYTHONHOME": "/x", "PROJ_LIB": "/x", "PROJ_DATA": "/x",
        "GDAL_DATA": "/x", "GDAL_DRIVER_PATH": "/x", "QT_PLUGIN_PATH": "/x", "VIRTUAL_ENV": "/x", "MPLBACKEND": "qt",
    }  # fmt: skip
    kept = {
        "HTTPS_PROXY": "http://proxy:8080",
        "no_proxy": "a",
        "SARCLIP_HOME": "/s",
        "HOME": "/h",
        "PATH": "/b",
        "LANG": "zh_CN.UTF-8",
    }
    linker = {"LD_LIBRARY_PATH": os.pathsep.join([str(tmp_path), "/usr/local/cuda/lib64"])}
    found = clean_environment({**alien, **kept, **linker}, {"EXTRA": "1"})
    assert not set(alien) & set(found)
    assert {name: found[name] for name in kept} == kept
    assert found["LD_LIBRARY_PATH"] == "/usr/local/cuda/lib64"
    assert found["EXTRA"] == "1"
    assert "LD_LIBRARY_PATH" not in clean_environment({"LD_LIBRARY_PATH": str(tmp_path)})
    for name, value in alien.items():
        monkeypatch.setenv(name, value)
    fake.client.stop()
    fake.ready()
    assert not set(alien) & set(fake.client.hello["env"])


def test_no_worker_outlives_a_qgis_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(FAKE)
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from qgis.PyQt.QtCore import QCoreApplication; app = QCoreApplication([])\n"
        "from sarclip_plugin.engine_client import EngineClient\n"
        f"client = EngineClient(arguments=({str(script)!r},)); client.start(sys.executable)\n"
        "client.call_blocking('echo'); print(client.pid, flush=True); app.exec()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as host:
        pid = int(host.stdout.readline())
        assert running(pid)
        host.kill()
    deadline = time.monotonic() + 2
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(pid)


# The real engine


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty cache of embeddings."""
    if not ENGINE_PYTHON.is_file():
        pytest.skip(f"no engine: {ENGINE_PYTHON} is absent (set SARCLIP_PYTHON)")
    folder = tmp_path_factory.mktemp("cache")
    os.environ["TEST_CACHE"] = str(folder)
    yield folder
    del os.environ["TEST_CACHE"]


@pytest.fixture(scope="module")
def real(app: QCoreApplication, cache: Path) -> Iterator[Bench]:
    """The real engine."""
    bench = Bench(app, ("-m", "engine.worker"), str(ENGINE_PYTHON), Timing(backoff_s=(0.1, 0.5, 1)))
    bench.ready()
    yield bench
    bench.client.stop()
    assert not [pid for pid in bench.pids if running(pid)]


@pytest.fixture(scope="module")
def wide_scene(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Speckle of five blocks, wider than high."""
    import numpy as np
    from osgeo import gdal

    path = str(tmp_path_factory.mktemp("scene") / "wide.tif")
    width, height = 2048 * 5, 900
    dataset = gdal.GetDriverByName("GTiff").Create(path, width, height, 1, gdal.GDT_Byte, ["TILED=YES"])
    dataset.GetRasterBand(1).WriteArray(
        np.random.default_rng(0).integers(1, 255, (height, width)).astype("uint8")
    )
    dataset.SetGeoTransform((500_000, 10, 0, 4_000_000, 0, -10))
    return path


def test_a_cancelled_encode_keeps_what_is_done(real: Bench, wide_scene: str) -> None:
    scene = real.ask("open", path=wide_scene)["scene"]
    seen: list[dict[str, Any]] = []
    with pytest.raises(EngineCancelled, match="kept"):
        real.client.call_blocking(
            "encode", {"scene": scene}, cancelled=lambda: len(seen) >= 2, progress=seen.append
        )
    assert 2 <= len(seen) < 5
    assert seen[-1]["total"] == 5


def test_an_encode_resumes_when_its_engine_is_killed(real: Bench, wide_scene: str) -> None:
    scene = real.ask("open", path=wide_scene)["scene"]
    seen: list[dict[str, Any]] = []
    found: list[Any] = []
    killed: list[int] = []

    def progress(step: dict[str, Any]) -> None:
        seen.append(step)
        if not killed:
            killed.append(real.client.pid)
            os.kill(killed[0], signal.SIGKILL)

    told = len(real.messages)
    real.client.call("encode", {"scene": scene}, found.append, found.append, progress)
    blocked = real.spin(lambda: found)
    assert found[0]["blocks"] == 5
    assert 1 <= seen[0]["total"] <= 4  # the cancelled encode before had done some
    assert real.client.pid != killed[0]
    assert len(real.messages) == told + 1
    assert blocked < BLOCKED_S


def test_a_question_is_answered_when_its_engine_is_killed(real: Bench, tmp_path: Path) -> None:
    scene = real.ask("open", path=HARBOR)
    encoded = real.ask("encode", scene=scene["scene"])
    question = {"embedding": encoded["embedding"], "prompts": ["ships near harbor"], "overwrite": True}
    os.kill(real.client.pid, signal.SIGKILL)
    out = tmp_path / "heat.tif"
    assert real.ask("heatmap", **question, out=str(out))["out"] == str(out)
    assert out.stat().st_size > 1000
    times = []
    for number, text in enumerate(("to", "tow", "town", "town a", "town an")):
        start = time.monotonic()
        window = [100, 200, 900, 1400]
        real.ask(
            "heatmap", **{**question, "prompts": [text]}, out=str(tmp_path / f"{number}.tif"), window=window
        )
        times.append(time.monotonic() - start)
    assert sorted(times)[2] < 0.15, times


def test_two_clients_work_on_one_scene_at_once(real: Bench, app: QCoreApplication, wide_scene: str) -> None:
    other = Bench(app, ("-m", "engine.worker"), str(ENGINE_PYTHON), Timing())
    other.ready()
    found: list[Any] = []
    for bench in (real, other):
        scene = bench.ask("open", path=wide_scene)["scene"]
        bench.client.call("encode", {"scene": scene, "tile_px": 64}, found.append, found.append)
    real.spin(lambda: len(found) == 2, seconds=120)
    other.client.stop()
    assert {**found[0], "encoded": 0} == {**found[1], "encoded": 0}
    assert sum(result["encoded"] for result in found) >= 1


def test_a_scene_that_changed_is_not_taken_for_the_old_one(real: Bench, tmp_path: Path) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(Path(HARBOR).read_bytes())
    scene = real.ask("open", path=str(path))["scene"]
    encoded = real.ask("encode", scene=scene)["embedding"]
    os.utime(path, (1, 1))
    os.kill(real.client.pid, signal.SIGKILL)
    with pytest.raises(EngineError) as caught:
        real.ask("count", embedding=encoded, prompts=["ship"], out=str(tmp_path / "x.gpkg"))
    assert caught.value.kind == "SceneChanged"
    path.unlink()
    with pytest.raises(EngineError) as caught:
        real.ask("open", path=str(path))
    assert caught.value.kind == "SceneError"
