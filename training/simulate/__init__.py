"""Simulated SAR scenes with known truth: kinds of ground per pixel, objects with outlines."""

from __future__ import annotations

from training.simulate.picture import to_picture
from training.simulate.scene import RECIPES, simulate_scene
from training.simulate.sensor import Sensor
from training.simulate.truth import KINDS, SimObject, SimulatedScene

__all__ = ["KINDS", "RECIPES", "Sensor", "SimObject", "SimulatedScene", "simulate_scene", "to_picture"]
