"""The worker: what goes wrong on its streams, the order of its answers, and what it keeps open."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import NotOpenError
from engine.scan import encode
from engine.tasks import heatmap
from engine.worker.methods import _KEPT, _MODELS_OPEN, Workbench
from engine.worker.params import ParameterError, bind
from engine.worker.rpc import GRACE_S, Job, Server
from tests.engine.worlds import noise, scene_of, write_scene

ROOT = Path(__file__).resolve().parents[2]
HARBOR = ROOT / "resources" / "demo" / "harbor.tif"


class Peer:
    """The other end of a server's streams."""

    def __init__(self, methods: dict[str, Callable[..., dict[str, Any]]]) -> None:
        (self._in, write), (read, self._out) = os.pipe(), os.pipe()
        self.pipe, self._answers = os.fdopen(write, "wb", buffering=0), os.fdopen(read, "rb")
        self.given_up = threading.Event()
        self._sink = os.fdopen(self._out, "wb")
        self.server = Server(methods, os.fdopen(self._in, "rb"), self._sink, self.given_up.set)
        self.thread = threading.Thread(target=self.server.serve, daemon=True)
        self.thread.start()

    def say(self, line: bytes | dict[str, Any]) -> None:
        """Send one line."""
        self.pipe.write(line + b"\n" if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")

    def request(self, number: int | str, method: str, **params: Any) -> None:
        """Send a request."""
        self.say({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    def hear(self) -> dict[str, Any]:
        """The next message."""
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer

    def close(self) -> None:
        """End the input, and wait for the end."""
        if not self.pipe.closed:
            self.pipe.close()
        self.thread.join(5)


def _echo(job: Job, *, value: int = 0) -> dict[str, Any]:
    return {"value": value}


def _wait(job: Job, *, value: int = 0) -> dict[str, Any]:
    job.progress(0, 1)
    job.wait(20)
    return {"value": value}


def _break(job: Job) -> dict[str, Any]:
    raise RuntimeError("two\nlines")


def _bad_result(job: Job) -> dict[str, Any]:
    return {"value": float("nan")}


@pytest.fixture
def peer() -> Iterator[Peer]:
    found = Peer({"echo": _echo, "wait": _wait, "break": _break})
    yield found
    found.close()


GARBAGE = [
    (b"nonsense", -32700),
    (b"\xff\xfe\x00", -32700),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "echo", "params": {"value": NaN}}', -32700),
    (b"[" * 100_000, -32700),
    (b"[]", -32600),
    (b"12", -32600),
    (b'{"id": 7}', -32600),
    (b'{"id": {}, "method": "echo"}', -32600),
    (b'{"id": true, "method": "echo"}', -32600),
    (b'{"id": 7, "method": "fly"}', -32601),
    (b'{"id": 7, "method": "echo", "params": [1]}', -32602),
    (b'{"id": 7, "method": "echo", "params": {"valu": 1}}', -32602),
    (b'{"id": 7, "method": "echo", "params": {"value": true}}', -32602),
    (b'{"id": 7, "method": "cancel", "params": {"id": []}}', -32602),
]


@pytest.mark.parametrize(("line", "code"), GARBAGE)
def test_garbage_is_answered_and_the_next_request_too(peer: Peer, line: bytes, code: int) -> None:
    peer.say(line)
    answer = peer.hear()
    assert answer["error"]["code"] == code
    assert "\n" not in answer["error"]["message"]
    peer.request("next", "echo", value=3)
    assert peer.hear() == {"jsonrpc": "2.0", "id": "next", "result": {"value": 3}}


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_no_line_ends_the_worker(line: bytes) -> None:
    peer = Peer({"echo": _echo})
    for part in line.split(b"\n"):
        peer.say(part)
    peer.request("last", "echo")
    answers = [peer.hear()]
    while answers[-1]["id"] != "last":
        answers.append(peer.hear())
    assert all("error" in answer for answer in answers[:-1])
    peer.close()


def test_answers_come_in_order_but_ping_and_cancel_at_once(peer: Peer) -> None:
    peer.request(1, "wait")
    for number in range(2, 6):
        peer.request(number, "echo", value=number)
    assert peer.hear()["params"]["id"] == 1  # progress: it is in work
    peer.request("p", "ping")
    assert peer.hear() == {"jsonrpc": "2.0", "id": "p", "result": {}}
    peer.request("c3", "cancel", id=3)
    peer.request("c1", "cancel", id=1)
    peer.request("c9", "cancel", id=9)
    answers = [peer.hear() for _ in range(8)]
    at_once = {answer["id"]: answer["result"]["cancelled"] for answer in answers if isinstance(answer["id"], str)}
    assert at_once == {"c3": True, "c1": True, "c9": False}
    in_order = [answer for answer in answers if isinstance(answer["id"], int)]
    assert [answer["id"] for answer in in_order] == [3, 1, 2, 4, 5], "what has not begun need not wait for its turn"
    assert [answer.get("error", {}).get("code") for answer in in_order] == [-32800, -32800, None, None, None]


def test_a_request_that_was_cancelled_while_it_waited_is_not_carried_out() -> None:
    done: list[int] = []
    release = threading.Event()
    peer = Peer({"hold": lambda job: {"held": release.wait(20)}, "note": lambda job: done.append(1) or {}})
    peer.request(1, "hold")
    peer.request(2, "note")
    peer.request("c", "cancel", id=2)
    assert peer.hear() == {"jsonrpc": "2.0", "id": "c", "result": {"cancelled": True}}
    assert peer.hear()["error"]["code"] == -32800, "while the first is still in work"
    peer.request(2, "note")
    release.set()
    assert [peer.hear()["id"] for _ in range(2)] == [1, 2], "its id is free again"
    assert done == [1]


def test_a_defect_is_one_line_and_not_the_end(peer: Peer) -> None:
    peer.request(1, "break")
    assert peer.hear()["error"] == {
        "code": -32603,
        "message": "a defect of SARCLIP, please report it: RuntimeError: two lines",
    }
    peer.request(2, "echo")
    assert peer.hear()["id"] == 2


def test_an_id_in_use_is_refused_and_notifications_are_not_answered(peer: Peer) -> None:
    peer.request(1, "wait")
    peer.hear()
    peer.request(1, "echo")
    assert peer.hear()["error"]["code"] == -32600
    peer.say({"jsonrpc": "2.0", "method": "echo"})
    peer.say({"jsonrpc": "2.0", "method": "cancel", "params": {"id": 1}})
    assert peer.hear()["error"]["code"] == -32800
    peer.request(2, "echo")
    assert peer.hear()["id"] == 2


@pytest.mark.parametrize("end", ["close", "shutdown"])
def test_the_end_cancels_what_is_in_work(peer: Peer, end: str) -> None:
    peer.request(1, "wait")
    peer.hear()
    start = time.monotonic()
    if end == "shutdown":
        peer.request("s", "shutdown")
    else:
        peer.pipe.close()
    peer.thread.join(5)
    assert time.monotonic() - start < GRACE_S / 2


def test_work_that_does_not_heed_the_end_is_left_behind() -> None:
    release = threading.Event()
    peer = Peer({"hang": lambda job: {"done": release.wait(20)}})
    peer.request(1, "hang")
    peer.pipe.close()
    assert peer.given_up.wait(GRACE_S + 2)
    release.set()
    peer.thread.join(5)


def test_a_reader_that_went_away_does_not_break_the_worker() -> None:
    peer = Peer({"echo": _echo})
    peer._answers.close()
    for number in range(3):
        peer.request(number, "echo")
    peer.pipe.close()
    peer.thread.join(5)
    assert not peer.thread.is_alive()


def test_parameters_are_checked_against_annotations() -> None:
    def method(job: Job, *, name: str, share: float = 0.5, places: dict[str, list[list[int]]] | None = None) -> None:
        """Annotated."""

    assert bind(method, {"name": "a", "share": 1}) == {"name": "a", "share": 1}
    assert bind(method, {"name": "a", "places": {"x": [[1, 2]]}})
    for wrong in (
        {},
        {"name": 1},
        {"name": "a", "share": True},
        {"name": "a", "places": {"x": [1]}},
        [],
        None,
    ):
        with pytest.raises(ParameterError):
            bind(method, wrong)


def test_every_method_of_the_protocol_is_there() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    methods = Workbench().methods()
    assert documented == {*methods, "ping", "cancel", "shutdown"}
    for name, method in methods.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        wanted = [item.name for item in inspect.signature(method).parameters.values() if item.kind is item.KEYWORD_ONLY]
        assert all(f'"{parameter}"' in row.split("|")[2] for parameter in wanted), name


@pytest.fixture(scope="module")
def fake_embedding(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from engine.model.fake import FakeModel

    return encode(scene_of(noise()), FakeModel(), cache=tmp_path_factory.mktemp("cache"))


@given(data=st.data())
@settings(max_examples=20)
def test_a_part_of_a_heatmap_is_that_part_of_the_whole(fake_embedding: Any, data: st.DataObject) -> None:
    from engine.raster import Window

    rows, cols = fake_embedding.plan.cell_shape
    row, col = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, cols - 1))
    part = Window(row, col, data.draw(st.integers(1, rows - row)), data.draw(st.integers(1, cols - col)))
    whole = heatmap(fake_embedding, ["ship", "sea"])
    found = heatmap(fake_embedding, ["ship", "sea"], cells=part)
    assert found.origin == (row, col)
    expected = whole.scores[:, part.row : part.row_stop, part.col : part.col_stop]
    np.testing.assert_allclose(found.scores, expected, atol=1e-6)


def test_the_last_scenes_stay_open(tmp_path: Path) -> None:
    bench = Workbench()
    job = Job(None, None, "open", {})  # type: ignore[arg-type]
    paths = [write_scene(tmp_path / f"{number}.tif", np.full((9, 9), number + 1, np.uint8), tiled=False)
             for number in range(_KEPT + 1)]  # fmt: skip
    handles = []
    for path in paths[:-1]:
        handles.append(bench.open(job, path=str(path))["scene"])
    bench._scene(handles[0])
    handles.append(bench.open(job, path=str(paths[-1]))["scene"])
    with pytest.raises(NotOpenError):
        bench._scene(handles[1])
    for handle in (handles[0], *handles[2:]):
        bench._scene(handle)


def test_what_is_read_with_care_is_another_embedding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.model.fake import FakeModel

    monkeypatch.setattr("engine.worker.methods.load_model", lambda _: FakeModel())
    bench, job = Workbench(), Job(None, None, "encode", {})  # type: ignore[arg-type]
    monkeypatch.setattr(job, "progress", lambda *_: None)
    scene = bench.open(job, path=str(write_scene(tmp_path / "a.tif", noise())))["scene"]
    asked = {"scene": scene, "cache": str(tmp_path / "cache")}
    plain, careful = bench.encode(job, **asked, careful=False), bench.encode(job, **asked)
    assert plain["embedding"] != careful["embedding"] and plain["store"] != careful["store"]
    assert [found["readings"] for found in (plain, careful)] == [1, 4]


def test_a_model_is_let_go_before_another_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.model.fake import FakeModel

    loaded: list[weakref.ref[FakeModel]] = []

    def load(name: str | None) -> FakeModel:
        assert sum(ref() is not None for ref in loaded) < _MODELS_OPEN
        model = FakeModel()
        model.encode_text(["sea"])
        loaded.append(weakref.ref(model))
        return model

    monkeypatch.setattr("engine.worker.methods.load_model", load)
    bench = Workbench()
    for name in ("a", "b", "a", "c", "d"):
        bench._model(name)
    assert [ref() is not None for ref in loaded] == [False, False, True, True]


def test_an_end_in_the_middle_of_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.outputs import replacing\n"
        "from engine.worker.stdio import _end_at_once\n"
        "with replacing(Path(sys.argv[1]), overwrite=False) as draft: draft.write_text('half'); _end_at_once()"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.tif")], cwd=ROOT, check=True)
    assert list(tmp_path.iterdir()) == []


class Worker:
    """A real worker process."""

    def __init__(self, cache: Path, code: str = "") -> None:
        run = (
            ["-c", f"{code}\nfrom engine.worker.stdio import serve_stdio; serve_stdio()"]
            if code
            else ["-m", "engine.worker"]
        )
        env = {**os.environ, "SARCLIP_CACHE": str(cache), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([sys.executable, *run], stdin=pipe, stdout=pipe, stderr=pipe, env=env)
        self.said: list[str] = []
        threading.Thread(
            target=lambda: self.said.extend(line.decode() for line in self.child.stderr), daemon=True
        ).start()  # type: ignore[union-attr]
        self._numbers = iter(range(1, 10_000))

    def send(self, method: str, **params: Any) -> int:
        """Send a request and return its number."""
        number = next(self._numbers)
        line = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        self.child.stdin.write(line.encode() + b"\n")  # type: ignore[union-attr]
        self.child.stdin.flush()  # type: ignore[union-attr]
        return number

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request."""
        while True:
            message: dict[str, Any] = json.loads(self.child.stdout.readline())  # type: ignore[union-attr]
            if message.get("id") == number:
                return message

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and return its result."""
        answer = self.answer(self.send(method, **params))
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        """End the input, and wait for the end."""
        self.child.stdin.close()  # type: ignore[union-attr]
        self.child.wait(5)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worker-cache")


NOISE = """
import os, atexit, threading, ctypes
print("hello from an import", flush=True)
def chatter():
    for _ in range(2000):
        os.write(1, b"noise without end ")
        print("{}", flush=True)
        ctypes.CDLL(None).puts(b"from C")
        ctypes.CDLL(None).fflush(None)
import engine.worker.stdio as s
claim = s.claim_streams
def claimed():
    streams = claim(); threading.Thread(target=chatter, daemon=True).start(); return streams
s.claim_streams = claimed
"""


@pytest.mark.slow
def test_two_workers_agree_on_ids_and_library_noise_stays_out(cache: Path, tmp_path: Path) -> None:
    quiet, noisy = Worker(cache), Worker(cache, NOISE)
    try:
        assert noisy.child.stdout.readline() == b"hello from an import\n"  # type: ignore[union-attr] # before the claim
        found = []
        for worker in (quiet, noisy):
            hello = worker.ask("hello", protocol=1)
            assert hello["protocol"] == 1
            assert hello["default_model"] in [model["name"] for model in hello["models"]]
            assert Path(hello["log"]).parent == cache / "logs"
            scene = worker.ask("open", path=str(HARBOR))
            found.append((scene, worker.ask("encode", scene=scene["scene"])))
        (scene, first), (scene_again, second) = found
        assert scene == scene_again
        assert first["encoded"] and not second["encoded"]
        assert {**first, "encoded": False} == second
        _every_question(noisy, scene, second, tmp_path)
    finally:
        for worker in (quiet, noisy):
            worker.close()


def _every_question(worker: Worker, scene: dict[str, Any], encoded: dict[str, Any], folder: Path) -> None:
    at = encoded["embedding"]
    whole = worker.ask("heatmap", embedding=at, prompts=["ships", "港 town"], out=str(folder / "whole.tif"))
    part = worker.ask(
        "heatmap",
        embedding=at,
        prompts=["ships", "港 town"],
        out=str(folder / "part.tif"),
        window=[100, 213, 301, 505],
    )
    assert whole["prompts"] == part["prompts"] == ["ships", "港 town"]
    _same_ground(folder / "whole.tif", folder / "part.tif", at_cell=(12, 26), shape=(39, 64))
    saved = worker.ask(
        "save",
        embedding=at,
        label_prompts=["sea", "town"],
        count_prompts=["ship"],
        out=str(folder / "all.gpkg"),
    )
    counted = worker.ask("count", embedding=at, prompts=["ship"], out=str(folder / "count.gpkg"))
    assert saved["counts"] == counted["counts"] and set(saved["tiles"]) == {"sea", "town"}
    labelled = worker.ask("label", embedding=at, prompts=["sea", "town"], out=str(folder / "label.gpkg"))
    assert labelled["tiles"] == saved["tiles"]
    with rasterio.open(HARBOR) as dataset:
        x, y = dataset.xy(500, 700)
    assert worker.ask("similar", embedding=at, point=[x, y], out=str(folder / "like.tif"))["range"][1] > 0.9
    examples = {"right": [[1, 1]], "wrong": [[4, 9], [5, 9]]}
    assert set(worker.ask("teach", embedding=at, examples=examples, out=str(folder / "taught.gpkg"))["tiles"]) == {
        "right",
        "wrong",
    }
    chips = worker.ask("chips", scene=scene["scene"], out_dir=str(folder / "chips"), count=3)["files"]
    assert len(chips) == 3 and all(Path(chip).read_bytes().startswith(b"\x89PNG") for chip in chips)
    first, second = worker.ask("check", prompts=["frigate", " "])["prompts"]
    assert first["known"] and len(first["near"]) == 3 and not second["known"] and second["message"]
    assert "open sea" in worker.ask("vocabulary")["words"]
    refused = worker.answer(worker.send("heatmap", embedding="0" * 16, prompts=["a"], out="x.tif"))["error"]
    assert refused["code"] == -32000 and refused["data"] == {
        "type": "NotOpenError",
        "exit_status": 2,
        "handle": "0" * 16,
    }
    exists = worker.answer(worker.send("count", embedding=at, prompts=["ship"], out=str(folder / "count.gpkg")))[
        "error"
    ]
    assert exists["data"]["type"] == "OutputExistsError"


def _same_ground(whole: Path, part: Path, at_cell: tuple[int, int], shape: tuple[int, int]) -> None:
    (row, col), (height, width) = at_cell, shape
    with rasterio.open(whole) as a, rasterio.open(part) as b:
        assert b.shape == shape and b.crs == a.crs and b.descriptions == a.descriptions
        assert b.transform.almost_equals(a.transform @ a.transform.translation(col, row))
        expected = a.read()[:, row : row + height, col : col + width]
        np.testing.assert_allclose(b.read(), expected, atol=1e-5)


@pytest.mark.slow
def test_the_worker_ends_with_its_input_also_in_the_middle_of_an_encode(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "wide.tif"
    profile = {
        "driver": "GTiff",
        "height": 700,
        "width": 2048 * 7 + 100,
        "count": 1,
        "dtype": "uint8",
        "tiled": True,
    }
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(np.random.default_rng(0).integers(1, 255, (700, 2048 * 7 + 100), np.uint8), 1)
    worker = Worker(cache)
    scene = worker.ask("open", path=str(path))["scene"]
    number = worker.send("encode", scene=scene)
    progress = json.loads(worker.child.stdout.readline())  # type: ignore[union-attr]
    assert progress["params"]["id"] == number and progress["params"]["total"] == 8
    start = time.monotonic()
    worker.close()
    assert time.monotonic() - start < 2
    again = Worker(cache)
    scene = again.ask("open", path=str(path))["scene"]
    number = again.send("encode", scene=scene)
    progress = json.loads(again.child.stdout.readline())  # type: ignore[union-attr]
    assert progress["params"]["total"] < 8  # what was done is kept
    again.answer(number)
    again.close()
