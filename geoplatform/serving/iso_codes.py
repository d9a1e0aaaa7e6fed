"""ISO 19115's codes that GeoNode's records hold: what they are called in Ukrainian and English, and in the EU's lists."""

from __future__ import annotations

from geoplatform.layers.catalogued import Named
from geoplatform.layers.definition import Text

#: Topic categories as INSPIRE's register names them: an address with the code after it.
TOPICS = "http://inspire.ec.europa.eu/metadata-codelist/TopicCategory"
_FREQUENCIES_OF_THE_EU = "http://publications.europa.eu/resource/authority/frequency"

_TOPIC_TITLES = {
    "biota": Text(uk="Жива природа", en="Biota"),
    "boundaries": Text(uk="Межі", en="Boundaries"),
    "climatologyMeteorologyAtmosphere": Text(uk="Клімат і атмосфера", en="Climatology, meteorology, atmosphere"),
    "economy": Text(uk="Економіка", en="Economy"),
    "elevation": Text(uk="Рельєф", en="Elevation"),
    "environment": Text(uk="Довкілля", en="Environment"),
    "farming": Text(uk="Сільське господарство", en="Farming"),
    "geoscientificInformation": Text(uk="Науки про Землю", en="Geoscientific information"),
    "health": Text(uk="Здоров’я", en="Health"),
    "imageryBaseMapsEarthCover": Text(uk="Знімки й основи карт", en="Imagery, base maps, earth cover"),
    "inlandWaters": Text(uk="Внутрішні води", en="Inland waters"),
    "intelligenceMilitary": Text(uk="Оборона", en="Intelligence and military"),
    "location": Text(uk="Місцезнаходження", en="Location"),
    "oceans": Text(uk="Моря", en="Oceans"),
    "planningCadastre": Text(uk="Планування й кадастр", en="Planning and cadastre"),
    "population": Text(uk="Населення", en="Population"),
    "society": Text(uk="Суспільство", en="Society"),
    "structure": Text(uk="Споруди", en="Structure"),
    "transportation": Text(uk="Транспорт", en="Transportation"),
    "utilitiesCommunication": Text(uk="Комунальні мережі й зв’язок", en="Utilities and communication"),
}
#: Code -> (its title, the EU's code).
_FREQUENCIES = {
    "continual": (Text(uk="постійно", en="continually"), "CONT"),
    "daily": (Text(uk="щодня", en="daily"), "DAILY"),
    "weekly": (Text(uk="щотижня", en="weekly"), "WEEKLY"),
    "fortnightly": (Text(uk="що два тижні", en="fortnightly"), "BIWEEKLY"),
    "monthly": (Text(uk="щомісяця", en="monthly"), "MONTHLY"),
    "quarterly": (Text(uk="щокварталу", en="quarterly"), "QUARTERLY"),
    "biannually": (Text(uk="двічі на рік", en="twice a year"), "ANNUAL_2"),
    "annually": (Text(uk="щороку", en="annually"), "ANNUAL"),
    "asNeeded": (Text(uk="за потреби", en="as needed"), "AS_NEEDED"),
    "irregular": (Text(uk="нерегулярно", en="irregularly"), "IRREG"),
    "notPlanned": (Text(uk="не заплановано", en="not planned"), "NOT_PLANNED"),
    "unknown": (Text(uk="невідомо", en="unknown"), "UNKNOWN"),
}


def topic_title(category: Named, language: str) -> str:
    """Return what a topic category is called; one that ISO does not know keeps its name in GeoNode."""
    title = _TOPIC_TITLES.get(category.code)
    return title.in_language(language) if title else category.name


def topic_address(category: Named) -> str | None:
    """Return the address that stands for a topic category of ISO's, None for another."""
    return f"{TOPICS}/{category.code}" if category.code in _TOPIC_TITLES else None


def frequency_title(code: str, language: str) -> str:
    """Return what a frequency of maintenance is called; one that ISO does not know is its own name."""
    return _FREQUENCIES[code][0].in_language(language) if code in _FREQUENCIES else code


def frequency_address(code: str) -> str | None:
    """Return the address that stands for a frequency in the EU's list."""
    return f"{_FREQUENCIES_OF_THE_EU}/{_FREQUENCIES[code][1]}" if code in _FREQUENCIES else None
