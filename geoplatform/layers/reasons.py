"""Why a record is refused or mended: each reason has a code that counts, and a sentence in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from geoplatform.layers import faults

#: code -> (English, Ukrainian). `{value}` is what the record holds, shortened; `{detail}` what the check found.
SENTENCES: dict[str, tuple[str, str]] = {
    "unreadable": ("can't be read: {detail}", "не вдалося прочитати: {detail}"),
    "required": ("has no value, but one is required", "немає значення, а воно обов’язкове"),
    "type_text": ("holds no text", "не містить тексту"),
    "type_integer": ("'{value}' is no whole number", "«{value}» не є цілим числом"),
    "type_number": ("'{value}' is no finite number", "«{value}» не є скінченним числом"),
    "type_boolean": ("'{value}' is neither yes nor no", "«{value}» не означає ні «так», ні «ні»"),
    "type_date": ("'{value}' is no date; write 2026-05-31", "«{value}» не є датою; пишіть 2026-05-31"),
    "type_datetime": (
        "'{value}' is no date with time; write 2026-05-31T10:00+03:00",
        "«{value}» не є датою з часом; пишіть 2026-05-31T10:00+03:00",
    ),
    "type_json": ("'{value}' is no JSON", "«{value}» не є JSON"),
    "vocabulary": ("'{value}' is not in the vocabulary {detail}", "значення «{value}» немає у словнику {detail}"),
    "too_long": ("is longer than {detail} characters", "довше за {detail} символів"),
    "nul": ("holds a NUL character", "містить нульовий символ"),
    "encoding": (
        "'{value}' was read in the wrong encoding; state source.options.encoding",
        "«{value}» прочитано в неправильному кодуванні; вкажіть source.options.encoding",
    ),
    "key_missing": ("is part of the key and has no value", "входить до ключа, але не має значення"),
    "key_unsafe": (
        "'{value}' can't be part of an address (space, / ? # % \\, or a lone dot); choose another key",
        "«{value}» не може бути частиною адреси (пробіл, / ? # % \\ або сама крапка); оберіть інший ключ",
    ),
    "key_too_long": ("the key is longer than {detail} characters", "ключ довший за {detail} символів"),
    "key_duplicate": ("the key {value} is used by {detail} records", "ключ {value} мають {detail} записи(ів)"),
    "unknown_property": ("is no property of this layer; there are {detail}", "такої властивості шар не має; є {detail}"),
    "hidden_value": (
        "the layer needs a value that you may not set; ask its owner",
        "шар потребує значення, яке вам не дозволено задавати; зверніться до власника шару",
    ),
    "stale": (
        "{value} was changed by others since the file was made and stays as they left it; download the layer again and repeat"
        " your change",
        "{value} змінили інші після створення файлу, тож лишається їхня зміна; завантажте шар знову й повторіть свою",
    ),
    "stale_removed": (
        "{value} was removed by others since the file was made and is not brought back; add it as a new feature if it is needed",
        "{value} вилучили інші після створення файлу, тож назад не повертається; якщо об’єкт потрібен, додайте його як новий",
    ),
    "demo": (
        "is demonstration data, which is not loaded here",
        "це демонстраційні дані, тут їх не завантажують",
    ),
    "geometry_missing": ("has no geometry or empty (NaN) coordinates", "немає геометрії або координати порожні (NaN)"),
    "geometry_unreadable": ("its geometry can't be read", "геометрію не вдалося прочитати"),
    "geometry_infinite": ("has NaN or infinite coordinates", "має координати NaN або нескінченні"),
    "geometry_type": ("is a {value}, the layer holds {detail}", "це {value}, а шар містить {detail}"),
    "geometry_invalid": ("its geometry is not valid: {detail}", "геометрія неправильна: {detail}"),
    "geometry_mended": ("geometry mended: {detail}", "геометрію виправлено: {detail}"),
    "outside": ("lies outside the bounds at {value}", "лежить поза межами: {value}"),
    "outside_swapped": (
        "lies outside the bounds at {value}; its coordinates look swapped (see source.axis_order, options x and y)",
        "лежить поза межами: {value}; схоже, координати переставлено (див. source.axis_order, options x та y)",
    ),
    "outside_world": ("has coordinates that are no degrees: {value}", "координати не є градусами: {value}"),
}

#: Words that a check puts into `detail`, in Ukrainian.
_WORDS = {"points": "точки", "lines": "лінії", "polygons": "полігони"}


@dataclass(frozen=True)
class Reason:
    """One reason; `attribute` names the attribute or is empty when it is about the geometry or the whole record."""

    code: str
    attribute: str = ""
    value: str = ""
    detail: str = ""

    def text(self, language: str = "en") -> str:
        """Return the sentence in `language` (uk or en)."""
        ukrainian = language == "uk"
        detail = faults.in_language(_WORDS.get(self.detail, self.detail), language) if ukrainian else self.detail
        sentence = SENTENCES[self.code][ukrainian].format(value=self.value, detail=detail)
        return f"{self.attribute}: {sentence}" if self.attribute else sentence


def shortened(value: object, length: int = 60) -> str:
    """Return `value` as text of at most `length` characters on one line, without control characters."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    cut = text[: length + 1]
    clean = "".join(c if c.isprintable() else " " for c in cut)
    return clean if len(cut) <= length else clean[: length - 1] + "…"
