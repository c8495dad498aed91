"""Texts that people read, in their language.

`tr` translates at the place of use; Qt's `QT_TRANSLATE_NOOP` marks a text that is kept and goes through `tr` when it
is shown. `scripts/translations.py` finds both in the source, so their text is a literal. The files of `i18n` hold the
translations: `sarclip_en` only the plurals, whose text in the source reads "%n tile(s)".
"""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

CONTEXT = "Sarclip"  # of every text in the .ts files
FOLDER = Path(__file__).resolve().parent / "i18n"
_NO_NUMBER = -1  # as Qt wants it


def tr(text: str, n: int = _NO_NUMBER) -> str:
    """Return a text of the plugin in the language of QGIS.

    Args:
        text: In English.
        n: Number that takes the place of "%n" and chooses between singular and plural.
    """
    return QCoreApplication.translate(CONTEXT, text, None, n)


def language_of_qgis() -> str:
    """Return the name of the locale QGIS runs in, such as "zh_CN"."""
    running = QgsApplication.instance()
    asked = running.translation() if running is not None else ""  # --lang, or the options
    return asked or str(QgsSettings().value("locale/userLocale") or QLocale.system().name())


def load_translator(language: str) -> QTranslator | None:
    """Return the texts of a language, or else the English plurals; None when the files are gone."""
    for name in (language, "en"):
        translator = QTranslator()
        if translator.load(QLocale(name), "sarclip", "_", str(FOLDER)):
            return translator
    return None
