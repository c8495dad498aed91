"""`python -m engine.worker`: what the QGIS plugin starts."""

from __future__ import annotations

from engine.worker.stdio import serve_stdio

serve_stdio()
