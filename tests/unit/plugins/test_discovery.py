"""Plugins are found by entry point, and a broken one is reported and left out."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from geoplatform import plugins
from geoplatform.layers.definition import Text
from geoplatform.search.sources import DocumentSource


@pytest.fixture
def package(monkeypatch):
    """A module with one sound, one outdated and one foreign class."""
    module = ModuleType("sample_plugin")

    class Sound(plugins.Plugin):
        name = "sample_plugin"

    class Outdated(plugins.Plugin):
        name = "sample_plugin"
        api_version = 0

    class Foreign:
        pass

    for cls in (Sound, Outdated, Foreign):
        cls.__module__, cls.__qualname__ = "sample_plugin", cls.__name__
        setattr(module, cls.__name__, cls)
    monkeypatch.setitem(sys.modules, "sample_plugin", module)


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=plugins.GROUP)


def test_a_sound_plugin_gives_its_app_config(package):
    (found,) = plugins.discover([point("sample", "sample_plugin:Sound")])
    assert found.config == "sample_plugin.Sound"
    assert found.fault is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("sample_plugin:Outdated", "plugin API 0"),
        ("sample_plugin:Foreign", "not a subclass"),
        ("sample_plugin:Missing", "can't be imported"),
        ("no_such_package:App", "can't be imported"),
    ],
)
def test_a_faulty_plugin_is_left_out_with_its_fault(package, value, says):
    (found,) = plugins.discover([point("faulty", value)])
    assert found.config is None
    assert says in found.fault


def test_a_faulty_plugin_does_not_hide_a_sound_one(package):
    found = plugins.discover([point("b", "sample_plugin:Sound"), point("a", "no_such_package:App")])
    assert [(f.name, f.config) for f in found] == [("a", None), ("b", "sample_plugin.Sound")]


def test_sources_of_search_documents_are_a_plugins_own_and_a_broken_plugin_stops_nobody(caplog):
    class Source(DocumentSource):
        title = Text(uk="Записи", en="Records")

        def __init__(self, collection):
            self.collection = collection

        def changes(self, token):
            return None

    def config(label, offered):
        class Offering(plugins.Plugin):
            path = "."

            def search_sources(self):
                return offered()

        Offering.label = label
        return Offering(label, ModuleType(label))

    own, foreign = Source("civic_minutes"), Source("archive")
    broken = config("broken", lambda: 1 / 0)
    found = plugins.search_sources([broken, config("civic", lambda: [own, foreign]), config("quiet", list)])
    assert found == [own]
    assert "archive does not begin with its label" in caplog.text and "ZeroDivisionError" in caplog.text
