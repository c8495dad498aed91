#!/usr/bin/env bash
# Run the plugin's tests with the Python that QGIS's bindings belong to, each file in a QGIS of its own:
# QGIS's singletons do not survive one file's application ending and another's beginning.
# Usage: tests/plugin/run.sh ENGINE_PYTHON [pytest arguments]
set -euo pipefail
export SARCLIP_ENGINE_PYTHON="$1" SARCLIP_PYTHON="$1"
shift
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}" PYTHONDONTWRITEBYTECODE=1
for python in /usr/bin/python3 python3; do
    "$python" -c 'import qgis.core' 2>/dev/null || continue
    failed=0
    for file in tests/plugin/test_*.py; do
        echo "-- $file"
        "$python" -m pytest "$file" -q -p no:cacheprovider "$@" || { failed=1; echo "$file failed"; }
    done
    exit "$failed"
done
echo "no Python here imports qgis: install the packages of tests/plugin/apt-packages.txt" >&2
exit 1
