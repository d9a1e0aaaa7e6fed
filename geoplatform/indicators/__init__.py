"""Indicators: figures by area and year, taken in from tables, classed soundly, told in words, drawn and exported."""
