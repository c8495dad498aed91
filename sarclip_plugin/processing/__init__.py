"""The engine in QGIS's toolbox, models, batches and on the command line of qgis_process."""
