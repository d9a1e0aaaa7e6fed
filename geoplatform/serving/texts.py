"""The words of the OGC API's own pages and links, in Ukrainian and English."""

from __future__ import annotations

SERVICE = {
    "title": {"uk": "Відкриті геодані громади", "en": "Open geodata of the municipality"},
    "description": {
        "uk": "Шари геопорталу громади за стандартами OGC API: переглянути, відфільтрувати, завантажити, додати до QGIS.",
        "en": "The layers of the municipality's geoportal through OGC APIs: look, filter, download, add to QGIS.",
    },
    "keywords": {"uk": ["геодані", "громада", "відкриті дані"], "en": ["geodata", "municipality", "open data"]},
    "provider": {"uk": "Територіальна громада", "en": "The municipality"},
}

#: pygeoapi's English titles of links -> Ukrainian.
LINK_TITLES = {
    "This document as JSON": "Цей документ у JSON",
    "This document as HTML": "Цей документ у HTML",
    "This document as GeoJSON": "Цей документ у GeoJSON",
    "This document as JSON-FG": "Цей документ у JSON-FG",
    "The OpenAPI definition as JSON": "Опис OpenAPI у JSON",
    "The OpenAPI definition as HTML": "Опис OpenAPI у HTML",
    "Conformance": "Відповідність стандартам",
    "Collections": "Набори даних",
    "The list of supported tiling schemes as JSON": "Схеми тайлів у JSON",
    "The list of supported tiling schemes as HTML": "Схеми тайлів у HTML",
    "The landing page of this server as JSON": "Головна сторінка сервісу в JSON",
    "The landing page of this server as HTML": "Головна сторінка сервісу в HTML",
    "Schema of collection in JSON": "Схема набору в JSON",
    "Schema of collection in HTML": "Схема набору в HTML",
    "Queryables for this collection as JSON": "Поля для відбору в JSON",
    "Queryables for this collection as HTML": "Поля для відбору в HTML",
    "Items as GeoJSON": "Об’єкти в GeoJSON",
    "Items as HTML": "Об’єкти в HTML",
    "Tiles as JSON": "Тайли: опис у JSON",
    "Tiles as HTML": "Тайли: опис у HTML",
    "Next page": "Наступна сторінка",
    "Previous page": "Попередня сторінка",
    "First page": "Перша сторінка",
    "Vector tiles": "Векторні тайли",
    "TileJSON": "TileJSON",
    "Map style (MapLibre)": "Стиль карти (MapLibre)",
    "Map style (SLD 1.1)": "Стиль карти (SLD 1.1)",
    "Styles": "Стилі карти",
    "Legend": "Умовні позначення",
    "Metadata": "Метадані",
    "Catalogue": "Каталог",
    "Catalogue as DCAT-AP": "Каталог у DCAT-AP",
    "Records": "Записи каталогу",
    "Collection": "Набір даних",
    "Web map service (WMS)": "Картографічний сервіс (WMS)",
    "Tiled map service (WMTS)": "Сервіс тайлів (WMTS)",
    "Map tiles": "Тайли карти",
    "Newest image as GeoTIFF": "Найновіший знімок у GeoTIFF",
    "Page in the catalogue": "Сторінка в каталозі",
    "Document": "Документ",
    "DOI": "DOI",
    "All features as CSV": "Усі об’єкти в CSV",
    "All features as GeoPackage": "Усі об’єкти в GeoPackage",
    "All features as FlatGeobuf": "Усі об’єкти у FlatGeobuf",
    "All vector tiles as PMTiles": "Усі векторні тайли у PMTiles",
    "Tile matrix set": "Схема тайлів",
}

CATALOGUE = {
    "title": {"uk": "Каталог геоданих громади", "en": "Catalogue of the municipality's geodata"},
    "description": {
        "uk": "Що є на геопорталі громади: набори даних, документи й карти, їхній опис, власник, ліцензія й адреси.",
        "en": "What there is on the municipality's geoportal: datasets, documents, maps, whose they are and how to get them.",
    },
}

#: What may be done to features, as the OpenAPI document tells who may do it.
WRITES = {
    "create": {"uk": "додати об’єкти", "en": "add features"},
    "replace": {"uk": "замінити об’єкт", "en": "replace a feature"},
    "update": {"uk": "змінити об’єкт", "en": "change a feature"},
    "delete": {"uk": "вилучити об’єкт", "en": "delete a feature"},
}

#: Texts of the HTML pages: name -> (uk, en).
PAGE = {
    "skip": ("Перейти до змісту", "Skip to content"),
    "home": ("На головну порталу", "Portal home"),
    "collections": ("Набори даних", "Collections"),
    "conformance": ("Відповідність стандартам", "Conformance"),
    "api": ("Опис API", "API description"),
    "other_language": ("English", "Українською"),
    "as_json": ("Ця сторінка в JSON", "This page as JSON"),
    "connect": (
        "Щоб додати шари до QGIS: Шар → Додати шар → WFS / OGC API - Features, адреса",
        "To add the layers to QGIS: Layer → Add Layer → WFS / OGC API - Features, address",
    ),
    "items": ("Об’єкти", "Features"),
    "schema": ("Схема", "Schema"),
    "queryables": ("Поля для відбору", "Queryables"),
    "tiles": ("Векторні тайли", "Vector tiles"),
    "style": ("Стиль карти", "Map style"),
    "properties": ("Властивості", "Properties"),
    "property": ("Властивість", "Property"),
    "value": ("Значення", "Value"),
    "name": ("Назва", "Name"),
    "type": ("Тип", "Type"),
    "values": ("Допустимі значення", "Allowed values"),
    "description": ("Опис", "Description"),
    "extent": ("Охоплення (захід, південь, схід, північ)", "Extent (west, south, east, north)"),
    "updated": ("Дані змінено", "Data changed"),
    "source_date": ("Дані станом на", "Data as of"),
    "period": ("Знімки за період", "Images of the period"),
    "told_period": ("Період", "Period"),
    "kind": ("Вид", "Kind"),
    "purpose": ("Призначення", "Purpose"),
    "supplement": ("Додаткові відомості", "Further information"),
    "quality": ("Якість даних", "Data quality"),
    "frequency": ("Як часто оновлюється", "How often it is updated"),
    "category": ("Категорія", "Category"),
    "regions": ("Регіони", "Regions"),
    "keywords": ("Ключові слова", "Keywords"),
    "constraints": ("Обмеження", "Constraints"),
    "contact": ("Куди звернутися", "Point of contact"),
    "count": ("Об’єктів", "Features"),
    "demo_count": ("з них демонстраційних", "of them demonstration data"),
    "demo": ("демонстраційні дані", "demonstration data"),
    "no_data": ("Даних ще немає.", "No data yet."),
    "licence": ("Ліцензія", "Licence"),
    "attribution": ("Джерело", "Attribution"),
    "crs": ("Системи координат", "Coordinate reference systems"),
    "links": ("Посилання", "Links"),
    "matched": ("Знайдено", "Matched"),
    "shown": ("Показано", "Shown"),
    "next": ("Далі", "Next"),
    "previous": ("Назад", "Previous"),
    "nothing": ("Нічого не знайдено.", "Nothing found."),
    "geometry": ("Геометрія", "Geometry"),
    "valid_from": ("Чинно від", "True since"),
    "valid_to": ("Чинно до", "True until"),
    "owner": ("Власник", "Owner"),
    "catalogue": ("Каталог", "Catalogue"),
    "records": ("Записи", "Records"),
    "download": ("Завантажити", "Download"),
    "identifier": ("Ідентифікатор", "Identifier"),
    "path": ("Адреса", "Path"),
    "problem": ("Запит не виконано", "The request can't be answered"),
    "yes": ("так", "yes"),
    "no": ("ні", "no"),
    "none": ("немає", "none"),
    "tile_matrix_sets": ("Схеми тайлів", "Tile matrix sets"),
    "zoom": ("Масштаби", "Zooms"),
    "classes": ("Класи відповідності, які сервіс виконує", "Conformance classes that this service fulfils"),
}


def page_texts(language: str) -> dict[str, str]:
    """Return the texts of the HTML pages in `language` (uk or en)."""
    return {name: texts[1 if language == "en" else 0] for name, texts in PAGE.items()}


def link_title(title: str, language: str) -> str:
    """Return the title of a link in `language`; titles that are not ours or pygeoapi's stay as they are."""
    return title if language == "en" else LINK_TITLES.get(title, title)
