"""What a spreadsheet would run is disarmed, numbers and telephones stay as they are."""

import pytest

from geoplatform.layers.cells import harmless


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1", "-\n=1"])
def test_a_formula_is_disarmed(text):
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("value", ["", "Школа № 1", "-5", "-5.25", "+38 (0522) 24-00-00", "a=b", -5, None])
def test_what_is_no_formula_stays(value):
    assert harmless(value) is value
