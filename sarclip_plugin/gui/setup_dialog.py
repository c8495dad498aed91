"""The dialog “Set Up Engine…”: choose, watch, cancel, repair."""

from __future__ import annotations

import os
from pathlib import Path

from qgis.core import QgsApplication
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget, QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QCloseEvent, QFontDatabase
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from .. import diagnostics, engine_setup, python_finder
from ..compat import CRITICAL, INFO, SUCCESS
from ..controller import EngineController
from ..engine_process import clean_environment
from ..engine_setup import Compute, EnvironmentState, Request
from ..installer import PythonProbe
from ..setup_run import SetupRun
from ..translation import tr

_PROGRESS_STEPS = 1000  # of the bar
_INDENT_PX = 24  # of what belongs to a radio button
_WIDTH_PX, _HEIGHT_PX, _BUSY_HEIGHT_PX = 680, 420, 560  # the last one with the details
_REPAIRABLE = (EnvironmentState.READY, EnvironmentState.INCOMPLETE, EnvironmentState.OUTDATED)


class SetupDialog(QDialog):
    """Makes the engine's environment, or takes an interpreter that the analyst gives.

    Args:
        controller: Whose engine is set up.
        parent: QGIS's main window.
    """

    def __init__(self, controller: EngineController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._log: list[str] = []
        self._reason = ""  # why the last set-up failed
        self.setObjectName("SarclipSetupDialog")
        self.setWindowTitle(tr("Set Up SARCLIP Engine"))
        self._run = SetupRun(controller, self)
        self._probe = PythonProbe(self)
        self._build()
        self._connect()
        self._restore()
        self._probe.start(self._known_pythons(), clean_environment(os.environ))

    # ---- widgets ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._bar = QgsMessageBar(self)
        self._state = QLabel(self)
        self._state.setWordWrap(True)
        self._own = QRadioButton(tr("Make an environment for the engine (recommended)"), self)
        self._existing = QRadioButton(tr("Use an existing Python that has the engine installed"), self)
        self._interpreter = self._file_widget(tr("Python interpreter"), QgsFileWidget.StorageMode.GetFile)
        self._progress = QProgressBar(self)
        self._progress.setRange(0, _PROGRESS_STEPS)
        self._progress.setTextVisible(False)
        self._own.setToolTip(tr("Keeps the engine's packages apart from QGIS's own Python"))
        self._existing.setToolTip(tr("For machines on which the engine was installed by hand"))
        self._interpreter.setToolTip(tr("The program of that Python: python.exe, or bin/python of its environment"))
        self._progress.setAccessibleName(tr("Progress of the set-up"))
        self._doing = QLabel(self)
        layout = QVBoxLayout(self)
        indented = QHBoxLayout()
        indented.setContentsMargins(_INDENT_PX, 0, 0, 0)
        indented.addWidget(self._interpreter)
        choices = (self._own, self._options_form(), self._existing)
        for widget in (self._bar, self._state, *choices):
            layout.addWidget(widget)
        layout.addLayout(indented)
        layout.addLayout(self._cache_form())
        layout.addWidget(self._details(), 1)
        layout.addWidget(self._doing)
        layout.addWidget(self._progress)
        layout.addStretch()  # while the details are folded away
        layout.addWidget(self._buttons())
        self.resize(_WIDTH_PX, _HEIGHT_PX)

    def _options_form(self) -> QWidget:
        self._options = QWidget(self)
        form = QFormLayout(self._options)
        form.setContentsMargins(_INDENT_PX, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._python = QComboBox(self)
        self._python.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._python.addItem(tr("Looking for Python…"), "")
        self._compute = QComboBox(self)
        self._compute.addItem(tr("Automatic: an NVIDIA graphics card where there is one"), Compute.AUTO.value)
        self._compute.addItem(tr("Processor only (smaller download)"), Compute.CPU.value)
        self._compute.addItem(tr("NVIDIA graphics card (CUDA)"), Compute.CUDA.value)
        self._wheels = self._file_widget(tr("Offline wheel folder"), QgsFileWidget.StorageMode.GetDirectory)
        self._wheels.lineEdit().setPlaceholderText(tr("Optional; without it packages are downloaded"))
        self._costs = QLabel(self)
        self._costs.setWordWrap(True)
        self._python.setToolTip(tr("What the environment is made with: Python 3.10 to 3.14, 64 bit"))
        self._compute.setToolTip(tr("Which build of torch is installed"))
        self._wheels.setToolTip(tr("A folder with all packages, for machines without network"))
        form.addRow(tr("Python"), self._python)
        form.addRow(tr("Compute on"), self._compute)
        form.addRow(tr("Offline wheel folder"), self._wheels)
        form.addRow("", self._costs)
        return self._options

    def _cache_form(self) -> QFormLayout:
        self._cache = self._file_widget(tr("Folder of embeddings"), QgsFileWidget.StorageMode.GetDirectory)
        self._cache.lineEdit().setPlaceholderText(tr("Optional; your user's folder for caches otherwise"))
        self._cache.setToolTip(tr("Where encoded scenes are kept; some need several hundred megabytes"))
        self._cache_note = QLabel(self)
        self._cache_note.setText(tr("This folder does not exist; the one before is used until you choose another."))
        self._cache_note.setWordWrap(True)
        self._cache_note.hide()
        form = QFormLayout()
        form.addRow(tr("Folder of embeddings"), self._cache)
        form.addRow("", self._cache_note)
        return form

    def _details(self) -> QWidget:
        self._box = QgsCollapsibleGroupBox(tr("Details"), self)
        self._box.setSaveCollapsedState(False)
        self._box.setCollapsed(True)
        self._text = QPlainTextEdit(self._box)
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setMaximumBlockCount(5000)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName(tr("What the installer prints"))
        QVBoxLayout(self._box).addWidget(self._text)
        return self._box

    def _buttons(self) -> QWidget:
        buttons = QDialogButtonBox(self)
        role = QDialogButtonBox.ButtonRole
        self._copy = buttons.addButton(tr("Copy Diagnostics"), role.HelpRole)
        self._copy.setToolTip(tr("Copy a report for bug trackers; names and passwords are left out"))
        self._repair = buttons.addButton(tr("Repair"), role.ActionRole)
        self._repair.setToolTip(tr("Make the environment again; what was downloaded is used again"))
        self._start = buttons.addButton(tr("Set Up"), role.ActionRole)
        self._stop = buttons.addButton(tr("Cancel"), role.ActionRole)
        self._close: QPushButton = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        for button in buttons.buttons():
            button.setAutoDefault(False)  # Enter in a line of text is no consent to a download
        return buttons

    def _file_widget(self, name: str, mode: QgsFileWidget.StorageMode) -> QgsFileWidget:
        widget = QgsFileWidget(self)
        widget.setStorageMode(mode)
        widget.setDialogTitle(name)
        widget.setAccessibleName(name)
        widget.lineEdit().setAccessibleName(name)
        return widget

    def _connect(self) -> None:
        self._probe.finished.connect(self._show_pythons)
        self._run.runner.logged.connect(self._append)
        self._run.runner.progressed.connect(self._show_progress)
        self._run.finished.connect(self._show_end)
        self._own.toggled.connect(self._refresh)
        self._compute.currentIndexChanged.connect(self._refresh)
        self._python.currentIndexChanged.connect(self._refresh)
        self._wheels.fileChanged.connect(self._refresh)
        self._interpreter.fileChanged.connect(self._refresh)
        self._cache.fileChanged.connect(self._keep_cache)
        self._start.clicked.connect(self._set_up)
        self._repair.clicked.connect(self._mend)
        self._stop.clicked.connect(self._run.runner.cancel)
        self._copy.clicked.connect(self._copy_report)
        self._close.clicked.connect(self.close)

    def _restore(self) -> None:
        settings = self._controller.settings
        self._interpreter.setFilePath(settings.interpreter)
        self._wheels.setFilePath(settings.wheel_folder)
        self._cache.setFilePath(settings.cache_folder)
        self._compute.setCurrentIndex(max(0, self._compute.findData(settings.compute)))
        (self._existing if settings.interpreter else self._own).setChecked(True)
        self._refresh()

    # ---- what is shown ----------------------------------------------------------------------------------

    def _known_pythons(self) -> list[str]:
        chosen = self._controller.settings.base_python
        found = python_finder.candidates()
        return [*([chosen] if chosen and chosen not in found and Path(chosen).is_file() else []), *found]

    def _show_pythons(self, found: list[python_finder.FoundPython]) -> None:
        self._python.clear()
        for python in found:
            text = f"{python.name} ({python.problem})" if python.problem else python.name
            self._python.addItem(text, "" if python.problem else python.path)
            self._python.setItemData(self._python.count() - 1, python.path, Qt.ItemDataRole.ToolTipRole)
            self._python.model().item(self._python.count() - 1).setEnabled(not python.problem)
        best = python_finder.best(found)
        if best is None:
            remedy = tr("No suitable Python found; install Python 3.10 to 3.14 from python.org")
            self._python.insertItem(0, remedy, "")
        before = self._python.findData(self._controller.settings.base_python or None)
        self._python.setCurrentIndex(before if before >= 0 else self._python.findData(best.path if best else ""))
        self._refresh()

    def _refresh(self) -> None:
        """Bring every widget in line with the choices and with what is on disk."""
        running, own = self._run.runner.running, self._own.isChecked()
        state, used = self._controller.own_state(), not self._controller.chosen_interpreter()
        if not running and not self._reason:
            self._state.setText(self._state_sentence())
        for choice in (self._own, self._existing):
            choice.setEnabled(not running)
        self._options.setEnabled(own and not running)
        self._interpreter.setEnabled(not own and not running)
        self._start.setText(self._start_text(own, state))
        self._start.setVisible(not running and not (own and used and state is EnvironmentState.READY))
        self._repair.setVisible(not running and own and state in _REPAIRABLE)
        self._stop.setVisible(running)
        chosen = bool(self._python.currentData()) if own else Path(self._interpreter.filePath()).is_file()
        self._start.setEnabled(chosen)
        self._repair.setEnabled(chosen)
        self._progress.setVisible(running)
        self._doing.setVisible(running)
        self._costs.setText(self._cost_sentence())

    def _state_sentence(self) -> str:
        sentences = {
            EnvironmentState.READY: tr("The engine is ready."),
            EnvironmentState.MISSING: tr(
                "SARCLIP's model runs in a Python environment of its own, so that QGIS's Python stays as it "
                "is. Make it once here; it lies in your user profile."
            ),
            EnvironmentState.INCOMPLETE: tr("The set-up was not finished; press Repair."),
            EnvironmentState.OUTDATED: tr("The plugin was updated; press Update to bring the engine along."),
        }
        state = self._controller.state()
        return sentences.get(state) or tr("The engine's environment is gone; make it again.")

    @staticmethod
    def _start_text(own: bool, state: EnvironmentState) -> str:
        if not own:
            return tr("Check and Use")
        texts = {EnvironmentState.READY: tr("Use"), EnvironmentState.OUTDATED: tr("Update")}
        return texts.get(state, tr("Set Up"))

    def _cost_sentence(self) -> str:
        request = self._request(fresh=True)
        size = engine_setup.SIZES[engine_setup.resolve_compute(request.compute)]
        free_gb = engine_setup.free_mb(request.folder) / 1000
        sentence = (
            tr("Nothing is downloaded; about {disk:.1f} GB on disk, {free:.0f} GB are free.")
            if request.wheel_folder
            else tr("About {download:.1f} GB to download, {disk:.1f} GB on disk; {free:.0f} GB are free.")
        )
        return sentence.format(download=size.download_mb / 1000, disk=size.disk_mb / 1000, free=free_gb)

    def _append(self, line: str) -> None:
        self._log.append(line)
        self._text.appendPlainText(line)

    def _show_progress(self, fraction: float, text: str) -> None:
        self._progress.setValue(round(fraction * _PROGRESS_STEPS))
        self._doing.setText(text)

    def _show_end(self, success: bool, reason: str) -> None:
        self._reason = reason
        self._refresh()
        self._bar.clearWidgets()
        if success:
            self._bar.pushMessage(tr("The engine is ready."), SUCCESS, 0)
        elif reason:  # below the bar, which shows one line only
            self._bar.pushMessage(tr("The engine could not be set up."), CRITICAL, 0)
            self._state.setText(reason)
        else:
            self._bar.pushMessage(tr("Cancelled; what was downloaded is kept."), INFO, 0)

    # ---- what is done -----------------------------------------------------------------------------------

    def _request(self, *, fresh: bool) -> Request:
        wheels = self._wheels.filePath()
        return Request(
            folder=self._controller.environment_folder,
            base_python=self._python.currentData() or "",
            compute=Compute(self._compute.currentData()),
            wheel_folder=Path(wheels) if wheels else None,
            fresh=fresh,
        )

    def _set_up(self) -> None:
        """Make what is missing, or check and use what there is."""
        state = self._controller.own_state()
        if self._own.isChecked() and state is not EnvironmentState.READY:
            self._install(fresh=state is not EnvironmentState.OUTDATED)
            return
        self._clear_log()
        if self._own.isChecked():
            self._run.use_own()
        else:
            self._run.use_existing(self._interpreter.filePath())
        self._refresh()

    def _keep_cache(self, folder: str) -> None:
        """Keep embeddings elsewhere from the next question on; a folder that is not there is not taken."""
        is_there = not folder or Path(folder).is_dir()
        self._cache_note.setVisible(not is_there)
        if is_there:
            self._controller.settings.cache_folder = folder

    def _mend(self) -> None:
        self._install(fresh=True)

    def _install(self, *, fresh: bool) -> None:
        request = self._request(fresh=fresh)
        self._controller.settings.compute = request.compute.value
        self._controller.settings.wheel_folder = str(request.wheel_folder or "")
        self._clear_log()
        self._run.install(request)
        self._refresh()

    def _clear_log(self) -> None:
        self._reason = ""
        self._bar.clearWidgets()
        self._text.clear()
        self._log.clear()
        self._box.setCollapsed(False)
        self.resize(self.width(), max(self.height(), _BUSY_HEIGHT_PX))

    def _copy_report(self) -> None:
        QgsApplication.clipboard().setText(diagnostics.report(self._controller, self._log))
        self._bar.pushMessage(tr("The report is in the clipboard."), INFO, 5)

    # ---- the end ----------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Close; Escape does not end a set-up that runs, which may be half an hour old."""
        if not self._run.runner.running:
            self.shut_down()
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Close; a set-up that runs is cancelled first, in sight of the analyst."""
        if self._run.runner.running:
            self._run.runner.cancel()
            event.ignore()
            return
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """End every process of the dialog at once; for the unloading of the plugin."""
        self._probe.close()
        self._run.close()
