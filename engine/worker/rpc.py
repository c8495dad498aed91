"""JSON-RPC 2.0, one message a line: who asked, in which order, and what became of it.

Two threads. One reads: it answers at once what must not wait (`cancel`, `ping`, `shutdown`, and what is no
request at all) and queues the rest. The other, the caller of `Server.serve`, works through the queue.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypeGuard

from engine.errors import Cancelled, NotOpenError, SarclipError
from engine.worker.params import ParameterError, bind

logger = logging.getLogger(__name__)

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, DEFECT = -32700, -32600, -32601, -32602, -32603
REFUSED, CANCELLED = -32000, -32800
EXIT_INPUT = 2  # exit status of the command line for the same error
GRACE_S = 1.0  # between the end of the input and that of the process, whatever is still in work

WAITS, WORKS, ANSWERED = "waits", "works", "answered"

_NOT_BEGUN = "cancelled before its turn came"
RequestId = str | int
Method = Callable[..., dict[str, Any]]
"""Takes a `Job` and keyword-only parameters, whose annotations say what JSON is accepted."""


class Job:
    """A request in the queue or in work."""

    def __init__(self, server: Server, request_id: RequestId | None, method: str, params: object) -> None:
        self.id, self.method, self.params = request_id, method, params
        self.state = WAITS  # changed under the server's lock
        self._server = server
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask it to stop."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Stop here if it was asked to.

        Raises:
            Cancelled: It was.
        """
        if self.is_cancelled():
            raise Cancelled("cancelled; what is done is kept")

    def wait(self, seconds: float) -> None:
        """Sleep, unless it is or was asked to stop.

        Raises:
            Cancelled: It was.
        """
        self._cancelled.wait(seconds)
        self.check()

    def progress(self, done: int, total: int, seconds_left: float | None = None, message: str = "") -> None:
        """Tell the client how far it is."""
        if self.id is not None:
            params = {
                "id": self.id,
                "done": done,
                "total": total,
                "seconds_left": seconds_left,
                "message": message,
            }
            self._server.send({"jsonrpc": "2.0", "method": "progress", "params": params})


class Server:
    """Answers requests from one stream on another until the first one ends.

    Args:
        methods: What can be asked, by name.
        source: Of lines, in UTF-8.
        sink: For lines; nobody else writes to it.
        give_up: Called when work goes on for `GRACE_S` after the end of the input; must end the process.
    """

    def __init__(
        self, methods: Mapping[str, Method], source: BinaryIO, sink: BinaryIO, give_up: Callable[[], None]
    ) -> None:
        self._methods, self._source, self._sink, self._give_up = methods, source, sink, give_up
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._jobs: dict[RequestId, Job] = {}
        self._lock = threading.Lock()  # of the jobs
        self._sending = threading.Lock()

    def serve(self) -> None:
        """Work until the input ends or `shutdown` comes."""
        threading.Thread(target=self._read, name="sarclip-requests", daemon=True).start()
        while (job := self._queue.get()) is not None:
            self._work(job)

    def send(self, message: dict[str, Any]) -> None:
        """Write one message; one that nobody reads any more is dropped."""
        line = json.dumps(message, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
        with self._sending:
            try:
                self._sink.write(line + b"\n")
                self._sink.flush()
            except (OSError, ValueError):  # the reader is gone: the end of the input will end us
                logger.warning("nobody reads the answer to come")

    def _read(self) -> None:
        for line in self._source:
            if line.strip() and not self._receive(line):
                break
        self._close()

    def _close(self) -> None:
        """End: what waits and what is in work is cancelled; what does not heed that is left behind."""
        with self._lock:
            for job in self._jobs.values():
                job.cancel()
        self._queue.put(None)
        time.sleep(GRACE_S)  # a daemon thread: where work ends in time, so does the process, and we with it
        self._give_up()

    def _receive(self, line: bytes) -> bool:
        """Answer or queue one line; false for the last one."""
        try:
            message = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            self._fail(None, PARSE_ERROR, f"no JSON in this line: {error}")
            return True
        problem = _problem(message)
        if problem:
            self._fail(_id_of(message), INVALID_REQUEST, problem)
            return True
        request_id, method, params = message.get("id"), message["method"], message.get("params", {})
        if method == "shutdown":
            self._result(request_id, {})
            return False
        if method == "ping":
            self._result(request_id, {})
        elif method == "cancel":
            self._cancel(request_id, params)
        elif method not in self._methods:
            self._fail(request_id, NO_METHOD, f"no method {method!r}: there are {', '.join(self._methods)}")
        else:
            self._enqueue(Job(self, request_id, method, params))
        return True

    def _cancel(self, request_id: RequestId | None, params: object) -> None:
        wanted = params.get("id") if isinstance(params, dict) else None
        if not _is_id(wanted):
            self._fail(request_id, INVALID_PARAMS, "cancel: give the id of a request")
            return
        with self._lock:
            job = self._jobs.get(wanted)
            at_once = job is not None and job.state == WAITS
            if at_once:
                self._jobs.pop(wanted).state = ANSWERED
        if job is not None:
            job.cancel()
        self._result(request_id, {"cancelled": job is not None})
        if at_once:  # it need not wait for its turn to hear that it has none
            self._fail(wanted, CANCELLED, _NOT_BEGUN, _kind(Cancelled(_NOT_BEGUN)))

    def _enqueue(self, job: Job) -> None:
        with self._lock:
            taken = job.id in self._jobs
            if job.id is not None and not taken:
                self._jobs[job.id] = job
        if taken:
            self._fail(
                job.id, INVALID_REQUEST, f"id {job.id!r} belongs to a request that is not answered yet"
            )
        else:
            self._queue.put(job)

    def _work(self, job: Job) -> None:
        """Carry out one request and answer it: the outer boundary of every task."""
        with self._lock:
            if job.state == ANSWERED:
                return
            job.state = WORKS
        start = time.monotonic()
        answer: tuple[int, str, dict[str, Any] | None] | None = None
        try:
            job.check()
            function = self._methods[job.method]
            result = function(job, **bind(function, job.params))
        except Cancelled as error:
            answer = (CANCELLED, str(error), _kind(error))
        except ParameterError as error:
            answer = (INVALID_PARAMS, f"{job.method}: {error}", None)
        except SarclipError as error:
            answer = (REFUSED, str(error), _kind(error))
        except Exception as error:  # the outer boundary
            logger.exception("defect in %s", job.method)
            answer = (DEFECT, f"a defect of SARCLIP, please report it: {type(error).__name__}: {error}", None)
        seconds = time.monotonic() - start
        logger.info("%s: %.0f ms%s", job.method, 1e3 * seconds, f", {answer[1]}" if answer else "")
        if job.id is not None:
            with self._lock:
                del self._jobs[job.id]
        if answer is None:
            self._result(job.id, result)
        else:
            self._fail(job.id, *answer)

    def _result(self, request_id: RequestId | None, result: dict[str, Any]) -> None:
        if request_id is not None:  # a notification is not answered
            self.send({"jsonrpc": "2.0", "id": request_id, "result": result})

    def _fail(
        self, request_id: RequestId | None, code: int, message: str, data: dict[str, Any] | None = None
    ) -> None:
        if request_id is None and code not in (PARSE_ERROR, INVALID_REQUEST):
            return
        error: dict[str, Any] = {"code": code, "message": " ".join(message.split())}
        if data is not None:
            error["data"] = data
        self.send({"jsonrpc": "2.0", "id": request_id, "error": error})


def _kind(error: SarclipError) -> dict[str, Any]:
    data: dict[str, Any] = {"type": type(error).__name__, "exit_status": EXIT_INPUT}
    if isinstance(error, NotOpenError):
        data["handle"] = error.handle
    return data


def _problem(message: object) -> str:
    """What keeps a message from being a request; empty when nothing does."""
    if not isinstance(message, dict):
        return "a request is a JSON object, and batches are not supported"
    if not isinstance(message.get("method"), str):
        return "a request has a method, which is a string"
    if "id" in message and not _is_id(message["id"]):
        return "the id of a request is a string or a whole number"
    return ""


def _is_id(value: object) -> TypeGuard[RequestId]:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _id_of(message: object) -> RequestId | None:
    """The id of what is no request, so that its sender hears of it."""
    found = message.get("id") if isinstance(message, dict) else None
    return found if _is_id(found) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
