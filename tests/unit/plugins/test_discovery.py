"""Plugins are found by entry point, and a broken one is reported and left out."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from geoplatform import plugins


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
