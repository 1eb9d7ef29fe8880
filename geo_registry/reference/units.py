"""Units of reference values and targets in the reader's language: rows keep them as Chinese sources write them."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

UNITS: Final[dict[str, str | Promise]] = {
    "个": "",
    "个/村": pgettext_lazy("unit", "a village"),
    "个月": pgettext_lazy("unit", "months"),
    "人": pgettext_lazy("unit", "people"),
    "元": pgettext_lazy("unit", "yuan"),
    "分钟": pgettext_lazy("unit", "min"),
    "处": "",
    "天": pgettext_lazy("unit", "days"),
    "字": pgettext_lazy("unit", "characters"),
    "小时": pgettext_lazy("unit", "h"),
    "年": pgettext_lazy("unit", "years"),
    "张": pgettext_lazy("unit", "beds"),
    "张/千人": pgettext_lazy("unit", "beds per 1000 people"),
    "月": pgettext_lazy("unit", "months"),
    "条": "",
    "户": pgettext_lazy("unit", "households"),
    "秒": pgettext_lazy("unit", "s"),
    "类": pgettext_lazy("unit", "kinds"),
    "面": pgettext_lazy("unit", "faces"),
    "m²/张": pgettext_lazy("unit", "m² a bed"),
    "m²/百户": pgettext_lazy("unit", "m² per 100 households"),
}
"""Units of the shipped rows. What only counts things (个, 处, 条) is no word elsewhere; what is not here stays as it is."""

_CLOSE: Final = ("%", "‰", "°")


def unit_in_words(unit: str) -> str:
    """Return a unit in the reader's language; one that nobody has translated as it was entered."""
    return unit if (get_language() or "").startswith("zh") else str(UNITS.get(unit, unit))


def unit_after_figure(unit: str) -> str:
    """Return a unit as it follows a figure: Chinese leaves no blank between them, and nobody does before a per cent sign."""
    words = unit_in_words(unit)
    is_close = (get_language() or "").startswith("zh") or words.startswith(_CLOSE)
    return words if is_close or not words else f" {words}"
