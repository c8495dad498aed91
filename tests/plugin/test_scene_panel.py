"""The panel of the scene by itself: tile sizes in two units, and what its boxes say."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.application import start_qgis

pytest.importorskip("pytestqt", reason="needs the package python3-pytestqt")
QGIS = start_qgis()

from sarclip_plugin.gui.counts_table import CountsTable
from sarclip_plugin.gui.scene_panel import ScenePanel
from sarclip_plugin.session import SceneSession, SceneSettings
from sarclip_plugin.tasks import run_blocking
from tests.plugin.fakes import FakeClient


def scene(gsd_m: list[float] | None) -> dict[str, Any]:
    """The answer to `open`, for pixels of a size."""
    return {**FakeClient()._open("/scene.tif"), "gsd_m": gsd_m}


@pytest.fixture
def panel(qtbot: Any) -> ScenePanel:
    """A panel that knows its scene."""
    panel = ScenePanel()
    qtbot.addWidget(panel)
    panel.show_scene(scene([8.0, 12.0]))
    return panel


def sizes(panel: ScenePanel) -> tuple[Any, Any]:
    choices = panel.choices()
    return choices["tile_px"], choices["tile_m"]


def test_the_unit_that_the_analyst_chose_is_sent_and_the_other_shown(panel: ScenePanel) -> None:
    assert sizes(panel) == (None, None)
    panel.tile_m.setValue(1000)
    assert sizes(panel) == (None, 1000.0)
    assert panel.tile_px.value() == 96
    panel.tile_px.setValue(64)
    assert sizes(panel) == (64, None)
    assert panel.tile_m.value() == 640
    panel.tile_m.setValue(0)
    assert sizes(panel) == (None, None)
    assert panel.tile_px.value() == 0


def test_metres_stay_where_the_pixels_are_of_another_size(panel: ScenePanel) -> None:
    panel.tile_m.setValue(1280)
    panel.show_scene(scene([20.0, 20.0]))
    assert sizes(panel) == (None, 1280.0)
    assert panel.tile_px.value() == 64
    panel.show_scene(scene(None))
    assert sizes(panel) == (64, None), "without a ground there are no metres"
    assert not panel.tile_m.isEnabled()


def test_metres_come_back_with_the_project(panel: ScenePanel, qtbot: Any) -> None:
    panel.tile_m.setValue(1280)
    again = ScenePanel()
    qtbot.addWidget(again)
    again.set_choices(panel.choices())
    assert sizes(again) == (None, 1280.0)
    again.show_scene(scene([10.0, 10.0]))
    assert sizes(again) == (None, 1280.0)
    assert again.tile_px.value() == 128


def test_metres_reach_the_engine_and_chips_are_as_large_as_tiles() -> None:
    client, session = FakeClient(), SceneSession(SceneSettings("/scene.tif", tile_m=1280.0))
    run_blocking(client, session.chips("/folder"))
    run_blocking(client, session.encode())
    assert client.asked("chips")[0]["tile_px"] == 128
    encode = client.asked("encode")[0]
    assert encode["tile_m"] == 1280.0
    assert "tile_px" not in encode


def test_care_is_asked_for_kept_and_sent(panel: ScenePanel, qtbot: Any) -> None:
    assert panel.choices()["careful"] is False
    with qtbot.waitSignal(panel.encoding_changed, timeout=1000):
        panel.careful_box.click()
    again = ScenePanel()
    qtbot.addWidget(again)
    with qtbot.assertNotEmitted(again.encoding_changed):
        again.set_choices(panel.choices())
    assert again.choices()["careful"] is True
    again.set_choices({"careful": False})
    assert again.choices()["careful"] is False
    for careful in (True, False):
        client = FakeClient()
        run_blocking(client, SceneSession(SceneSettings("/scene.tif", careful=careful)).encode())
        assert client.asked("encode")[0].get("careful", False) is careful


def test_boxes_speak_in_one_voice(panel: ScenePanel) -> None:
    names = [panel.scale_box.itemText(index) for index in range(panel.scale_box.count())]
    assert names == ["Auto: amplitude", "Decibels", "Power", "Amplitude", "8-bit"]
    assert (panel.tile_px.text(), panel.tile_m.text()) == ("Auto (px)", "Auto (m)")


def test_the_range_of_a_count_promises_nothing_about_the_truth(qtbot: Any) -> None:
    table = CountsTable()
    qtbot.addWidget(table)
    table.show_counts({"ship": {"count": 23, "low": 23, "high": 37}}, {})
    assert table.horizontalHeaderItem(2).text() == "Range"
    assert table.item(0, 2).text() == "23 to 37"
    assert "cannot see" in table.item(0, 2).toolTip()
