"""Classes of a layer stay apart for people with colour blindness."""

from __future__ import annotations

from itertools import combinations

import numpy as np

#: Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
WHITE = XYZ @ np.ones(3)
#: CIE76 difference below which two map symbols are easily taken for one another.
APART = 11


def lab(colour: str, seen_by: str) -> np.ndarray:
    """Return the CIELAB colour of '#rrggbb' as a person with that blindness sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    x = XYZ @ np.clip(BLINDNESS[seen_by] @ linear, 0, 1) / WHITE
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_classes_stay_apart_for_everybody(library):
    close = []
    for layer in library.layers.values():
        for seen_by in BLINDNESS:
            for one, other in combinations(layer.style.classes, 2):
                difference = np.linalg.norm(lab(one.colour, seen_by) - lab(other.colour, seen_by))
                if difference < APART:
                    close.append(f"{layer.id}: {one.value} and {other.value}, {seen_by}: {difference:.1f}")
    assert close == []


def test_theme_colours_can_carry_white_text(library):
    for theme in library.themes:
        lightness = lab(theme.colour, "none")[0]
        luminance = ((lightness + 16) / 116) ** 3
        assert 1.05 / (luminance + 0.05) >= 4.5, theme.id
