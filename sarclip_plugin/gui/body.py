"""The dock's panels and buttons, laid out."""

from __future__ import annotations

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import QEvent, QObject, QSize, Qt
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ..translation import tr
from .counts_table import CountsTable
from .prompt_list import PromptList
from .scene_panel import ScenePanel
from .teach_panel import TeachPanel
from .view_panel import ViewPanel


class DockBody(QWidget):
    """Everything that the dock shows; knows neither engine nor project."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene, self.prompts, self.view = ScenePanel(), PromptList(), ViewPanel()
        self.counts, self.teach = CountsTable(), TeachPanel()
        self.similar_button, self.teach_button = QPushButton(tr("Find Similar")), QPushButton(tr("Teach"))
        self.setup_button, self.save_button = QPushButton(tr("Set Up Engine…")), QPushButton()
        self._may_ask = self._is_saving = False
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setAccessibleName(tr("Status"))
        self.similar_button.setToolTip(
            tr("Click a place on the map, or drag a box, to see where the scene looks like it")
        )
        self.teach_button.setToolTip(tr("Mark tiles that are right and wrong, and see the labels improve"))
        self.save_button.setToolTip(
            tr(
                "Save tiles, objects, counts and styles in one file; heatmaps, similar places and taught prompts are "
                "not in it"
            )
        )
        tools = QHBoxLayout()
        for button in (self.similar_button, self.teach_button):
            button.setCheckable(True)
            tools.addWidget(button)
        self.view_group = _group(tr("Show As"), self.view, self.counts)
        self.teach_group = _group(tr("Teach"), self.teach)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self.setup_button)
        layout.addWidget(_group(tr("Scene"), self.scene))
        layout.addWidget(_group(tr("Prompts"), self.prompts))
        layout.addWidget(self.view_group)
        layout.addLayout(tools)
        for widget in (self.teach_group, self.save_button, self.status):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.teach_group.hide()
        self.counts.hide()
        self.setup_button.hide()
        self.allow_questions(allowed=False)
        self.show_saving(saving=False)

    def allow_questions(self, *, allowed: bool) -> None:
        """Let results be asked for, or not."""
        self._may_ask = allowed
        for widget in (self.view_group, self.similar_button, self.teach_button):
            widget.setEnabled(allowed)
        self.save_button.setEnabled(allowed and not self._is_saving)

    def show_saving(self, *, saving: bool) -> None:
        """Show whether a file is being written; one at a time."""
        self._is_saving = saving
        self.save_button.setText(tr("Saving…") if saving else tr("Save to GeoPackage…"))
        self.save_button.setEnabled(self._may_ask and not saving)

    def show_problem(self, problem: str) -> None:
        """Offer to set the engine up, and say why; "" when it can be started."""
        self.setup_button.setToolTip(problem)
        self.setup_button.setVisible(bool(problem))

    def release_tools(self) -> None:
        """Show that no tool of ours is on the map."""
        for button in (self.similar_button, self.teach_button):
            button.setChecked(False)


class DockScroll(QScrollArea):
    """Scrolls up and down; never narrower than what it shows, in whatever language and font, so nothing is cut off."""

    def __init__(self, body: DockBody) -> None:
        super().__init__()
        self._body = body
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)

    def show_teaching(self) -> None:
        """Bring what Teach has opened into view: it lies below the rest."""
        self.ensureWidgetVisible(self._body.teach_group)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Leave room for the widest panel beside the scroll bar."""
        width = self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Ask for another width when the panels need one."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _group(title: str, *widgets: QWidget) -> QgsCollapsibleGroupBox:
    group = QgsCollapsibleGroupBox(title)
    group.setFlat(True)
    layout = QVBoxLayout(group)
    layout.setContentsMargins(4, 2, 4, 2)
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    return group
