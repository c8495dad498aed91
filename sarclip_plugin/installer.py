"""Runs the commands of a set-up one after the other, without a thread and without blocking QGIS."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from qgis.PyQt.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, pyqtSignal

from .engine_failures import explain, hello_answer
from .engine_setup import Step
from .pip_progress import PipProgress
from .python_finder import PROBE_CODE, FoundPython, read_probe
from .translation import tr

logger = logging.getLogger(__name__)

_KILL_AFTER_MS = 3000  # a process that was asked to end and does not is ended
ANSWER_WITHIN_MS = 180_000  # the first start of torch is slow where a virus scanner reads every file
_LOOK_EVERY_MS = 50  # whether what a run waits for is over
_KEPT_OUTPUT = 200_000  # characters of a step that are searched for the reason of a failure


class StepRunner(QObject):
    """Runs steps in order and stops at the first that fails.

    Signals:
        logged: A line to show.
        progressed: Fraction of the whole from 0 to 1, and what is being done.
        finished: Whether all went well, and if not, a sentence that says why; empty when cancelled.
    """

    logged = pyqtSignal(str)
    progressed = pyqtSignal(float, str)
    finished = pyqtSignal(bool, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.output = ""  # of the step that runs or ran last
        self._steps: list[Step] = []
        self._index = 0
        self._rest = ""  # a line that has not ended yet
        self._cancelled = False
        self._process: QProcess | None = None
        self._environment = QProcessEnvironment()
        self._progress = PipProgress(0)
        self._deadline = QTimer(self)
        self._deadline.setSingleShot(True)
        self._deadline.timeout.connect(self._kill)
        self._may_begin: Callable[[], bool] = lambda: True
        self._wait = QTimer(self)
        self._wait.setInterval(_LOOK_EVERY_MS)
        self._wait.timeout.connect(self._begin)

    @property
    def running(self) -> bool:
        """Whether `finished` is still to come."""
        return self._process is not None or self._wait.isActive()

    @property
    def cancelled(self) -> bool:
        """Whether the last run was ended by `cancel`."""
        return self._cancelled

    def start(
        self,
        steps: Sequence[Step],
        environment: Mapping[str, str],
        may_begin: Callable[[], bool] = lambda: True,
    ) -> None:
        """Begin; the signals tell the rest.

        Args:
            steps: What is to be run.
            environment: Of the processes, complete.
            may_begin: Asked again and again until the first step may begin.
        """
        self._steps, self._index, self._cancelled = list(steps), 0, False
        self._environment = QProcessEnvironment()
        for name, value in environment.items():
            self._environment.insert(name, value)
        self._may_begin = may_begin
        self._begin()

    def cancel(self) -> None:
        """End what runs; `finished` follows with False and no sentence."""
        if not self.running:
            return
        self._cancelled = True
        if self._process is None:
            self._leave(False, "")
            return
        self._process.terminate()
        self._deadline.start(_KILL_AFTER_MS)

    def close(self) -> None:
        """End what runs at once and wait for it; for the end of QGIS or of the plugin."""
        self._deadline.stop()
        self._wait.stop()
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(_KILL_AFTER_MS)
            process.deleteLater()

    def _begin(self) -> None:
        if self._may_begin():
            self._wait.stop()
            self._begin_step()
        elif not self._wait.isActive():
            self._wait.start()
            self._report(0.0, tr("Ending the engine…"))

    def _begin_step(self) -> None:
        step = self._steps[self._index]
        self.output = self._rest = ""
        self._progress = PipProgress(step.download_mb)
        self._report(0.0, step.title)
        self.logged.emit(f"▸ {step.title}")
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.setProcessEnvironment(self._environment)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._end_step)
        process.errorOccurred.connect(self._not_started)
        self._process = process
        process.start(step.arguments[0], list(step.arguments[1:]))
        if step.stdin:
            process.write(step.stdin.encode("utf-8"))
            self._deadline.start(ANSWER_WITHIN_MS)
        else:
            process.closeWriteChannel()

    def _read(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardOutput()).decode("utf-8", errors="replace")
        self.output = (self.output + text)[-_KEPT_OUTPUT:]
        lines = (self._rest + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop()
        for line in lines:
            if self._progress.feed(line) and line.strip():
                self.logged.emit(line)
        step = self._steps[self._index]
        if step.stdin and hello_answer(self.output) is not None:
            self._process.closeWriteChannel()  # only now: the worker ends when its input does
        self._report(self._progress.fraction, self._progress.text or step.title)

    def _report(self, fraction: float, text: str) -> None:
        before = sum(step.share for step in self._steps[: self._index])
        total = sum(step.share for step in self._steps)
        self.progressed.emit((before + self._steps[self._index].share * fraction) / total, text)

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            sentence = tr("{program} cannot be started; choose another Python.")
            self._leave(False, sentence.format(program=self._process.program()))

    def _end_step(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        step = self._steps[self._index]
        if self._cancelled:
            self._leave(False, "")
            return
        healthy = status == QProcess.ExitStatus.NormalExit and exit_code == 0
        reason = "" if healthy else explain(self.output, step.title)
        if step.check:
            reason = step.check(self.output)
        if reason:
            logger.info("set-up failed at %s with status %s", step.title, exit_code)
            self._leave(False, reason)
            return
        self._drop_process()
        self._index += 1
        if self._index < len(self._steps):
            self._begin_step()
        else:
            self.progressed.emit(1.0, tr("Done"))
            self.finished.emit(True, "")

    def _leave(self, success: bool, reason: str) -> None:
        self._drop_process()
        self.finished.emit(success, reason)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _drop_process(self) -> None:
        self._deadline.stop()
        self._wait.stop()
        if self._process is not None:
            self._process.deleteLater()
            self._process = None


class PythonProbe(QObject):
    """Asks interpreters, one after the other, what they are.

    Signals:
        finished: List of `python_finder.FoundPython`.
    """

    finished = pyqtSignal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = StepRunner(self)
        self._runner.finished.connect(self._judge)
        self._waiting: list[str] = []
        self._found: list[FoundPython] = []
        self._environment: Mapping[str, str] = {}

    def start(self, paths: Sequence[str], environment: Mapping[str, str]) -> None:
        """Begin; a second call while one runs replaces it."""
        self._runner.close()
        self._waiting, self._found, self._environment = list(paths), [], environment
        self._next()

    def close(self) -> None:
        """Stop asking."""
        self._runner.close()

    def _next(self) -> None:
        if not self._waiting:
            self.finished.emit(self._found)
            return
        step = Step("", (self._waiting[0], "-c", PROBE_CODE), share=1.0)
        self._runner.start([step], self._environment)

    def _judge(self, _success: bool, _reason: str) -> None:
        self._found.append(read_probe(self._waiting.pop(0), self._runner.output))
        self._next()
