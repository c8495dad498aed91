"""Labelled pictures from the real data sets and the simulator, all in one form."""

from training.sources.picture import Picture, as_bytes, ellipse_mask
from training.sources.real import load_real
from training.sources.simulated import as_seen, load_simulated

__all__ = ["Picture", "as_bytes", "as_seen", "ellipse_mask", "load_real", "load_simulated"]
