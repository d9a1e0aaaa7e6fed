"""The gazetteer: settlements with their codes, streets with past and present names, addresses; geocoding both ways."""
