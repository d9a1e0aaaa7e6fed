"""What goes wrong with a run is told in both languages: every sentence that can be raised has a Ukrainian one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from geoplatform.config import PROJECT
from geoplatform.layers import faults
from geoplatform.layers.reasons import Reason

#: Faults that reach the staff hub's pages.
TOLD = {"SourceError", "ApplyError", "CrsProblem", "RestoreError", "NotEditable", "RasterError", "StyleFileError"}
CODE = [*sorted((PROJECT / "geoplatform" / "layers").rglob("*.py")), PROJECT / "geoplatform" / "hub" / "uploads" / "rasters.py",
        *(PROJECT / "geoplatform" / "publishing" / name for name in ("pipeline.py", "restyle.py"))]  # fmt: skip


def sentences(node: ast.expr) -> list[str] | None:
    """Return what an expression of text can say, every value in it as `V`; None when it is no text that is written here."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            variants = [[part.value] if isinstance(part, ast.Constant) else sentences(part.value) or ["V"] for part in parts]
            return ["".join(chosen) for chosen in product(*variants)]
        case ast.IfExp(body=one, orelse=other):
            return (sentences(one) or ["V"]) + (sentences(other) or ["V"])
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            return [a + b for a, b in product(sentences(left) or ["V"], sentences(right) or ["V"])]
    return None


def told(path: Path) -> Iterator[str]:
    """Yield what the module at `path` raises of TOLD, or writes into a report's `error` or `warnings`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[text, *_]) if name in TOLD:
                yield from sentences(text) or []
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="warnings"), attr="append"), args=[text]):
                yield from sentences(text) or []
            case ast.Assign(targets=[ast.Attribute(attr="error")], value=text):
                yield from sentences(text) or []
            case ast.keyword(arg="error", value=text):
                yield from sentences(text) or []


ALL = sorted({(path.stem, text) for path in CODE for text in told(path)})


def test_the_sentences_are_found():
    assert len(ALL) > 120


@pytest.mark.parametrize(("module", "text"), ALL, ids=[f"{module}-{text[:40]}" for module, text in ALL])
def test_every_fault_has_a_ukrainian_sentence(module, text):
    if text.strip("V: ") == "":
        return  # it only passes on another fault
    ukrainian = faults.in_language(text, "uk")
    assert ukrainian != text, f"{module}: add it to geoplatform/layers/faults.py: {text}"
    assert ukrainian.count("V") == text.count("V")


def test_what_is_named_stays_in_its_place():
    text = "layers/a.csv: attribute name (key): the source has no column назва; it has x, y"
    assert faults.in_language(text, "uk") == "layers/a.csv: атрибут name (key): у джерелі немає стовпця назва; є x, y"
    assert faults.in_language(text, "en") == text


def test_a_fault_within_a_fault_is_translated_too():
    assert faults.in_language("a.kml: can't be read: the file is empty", "uk") == "a.kml: не вдалося прочитати: файл порожній"


def test_what_another_program_said_is_quoted():
    assert faults.in_language("database: deadlock detected", "uk") == "база даних: deadlock detected"
    assert faults.in_language("something new", "uk") == "something new"


def test_a_records_reason_is_ukrainian_in_its_detail_too():
    reason = Reason("unreadable", detail="its ways do not close to rings")
    assert reason.text("uk") == "не вдалося прочитати: лінії не замикаються в кільця"
    assert reason.text("en") == "can't be read: its ways do not close to rings"


def test_the_loss_is_told_in_both_languages():
    text = "5 of 9 features would vanish (56%, the limit is 20%); nothing was applied; if it is right: confirm it"
    assert faults.in_language(text, "uk").startswith("зникло б 5 з 9 об’єктів (56%, межа – 20%); нічого не застосовано")
