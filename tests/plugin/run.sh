#!/usr/bin/env bash
# Run the plugin's tests with the Python that QGIS's bindings belong to.
# Usage: tests/plugin/run.sh ENGINE_PYTHON [pytest arguments]
set -euo pipefail
export SARCLIP_ENGINE_PYTHON="$1" SARCLIP_PYTHON="$1"
shift
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}" PYTHONDONTWRITEBYTECODE=1
for python in /usr/bin/python3 python3; do
    if "$python" -c 'import qgis.core' 2>/dev/null; then
        exec "$python" -m pytest tests/plugin -q -p no:cacheprovider "$@"
    fi
done
echo "no Python here imports qgis: install the packages of tests/plugin/apt-packages.txt" >&2
exit 1
