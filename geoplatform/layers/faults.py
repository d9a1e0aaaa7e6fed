"""Why a run took nothing over, in Ukrainian: a sentence for each that the engine, drivers and uploads give in English.

The English text is what is kept with a run; `{}` stands for what it names (file, column, number), in both languages in one order.
What another program said (GDAL, a server, PostgreSQL) is quoted as it is. A test finds every sentence that has none here.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

#: English (without the file or address before it) -> Ukrainian.
SENTENCES: dict[str, str] = {
    # --- the run ---
    "another synchronisation of this layer is under way; wait for it, or run with --wait": (
        "цей шар уже синхронізують; дочекайтеся завершення або додайте --wait"
    ),
    "a synchronisation of this layer is under way; wait for it": "цей шар уже синхронізують; дочекайтеся завершення",
    "the layer is being changed; try again in a moment": "шар саме змінюють; спробуйте за мить",
    "the layer is being changed; try again": "шар саме змінюють; спробуйте ще раз",
    "every record was refused; the last good data stay": "відхилено всі записи; лишаються останні справні дані",
    "{} of {} features would vanish ({}, the limit is {}); nothing was applied; if it is right: {}": (
        "зникло б {} з {} об’єктів ({}, межа – {}); нічого не застосовано; якщо так і має бути: {}"
    ),
    "{} records of these same bytes were refused in run {}": "{} записів цього самого файлу відхилено під час запуску {}",
    "the process that ran it is gone; nothing was applied": "процес, що її виконував, зник; нічого не застосовано",
    "interrupted by {}": "перервано: {}",
    "internal error, see the log: {}": "внутрішня помилка, див. журнал: {}",
    "the real data stay: its source is not here now, and the sample never replaces real data": (
        "лишаються справжні дані: джерела зараз немає, а зразок справжніх даних не замінює"
    ),
    "no data yet: the real source is asked only in production or with --live": (
        "даних ще немає: справжнє джерело запитують лише в робочому режимі або з --live"
    ),
    "there is no layer '{}'; see geoplatform layers status": "шару «{}» немає; див. geoplatform layers status",
    "attribute {} ({}): the source has no column {}; it has {}": "атрибут {} ({}): у джерелі немає стовпця {}; є {}",
    "attribute {}: the source has no column {}": "атрибут {}: у джерелі немає стовпця {}",
    "layer {} follows its source; change the data there": "шар {} повторює своє джерело; змінюйте дані там",
    "{} features that others added or changed since the file was made stay: {}": (
        "лишаються об’єкти, які інші додали або змінили після створення файлу ({}): {}"
    ),
    # --- styles ---
    "the style was changed": "змінено стиль",
    "the style of layer {} is in the file that describes it; change it there": (
        "стиль шару {} записано у файлі з його описом; змінюйте його там"
    ),
    "layer {} has no geometry, hence no style": "шар {} не має геометрії, тож і стилю",
    "the style file is larger than {} MB": "файл стилю більший за {} МБ",
    "the style file is not sound XML: {}": "файл стилю – не справний XML: {}",
    "the style file is neither SLD nor QML: it begins with <{}>": "файл стилю – не SLD і не QML: він починається з <{}>",
    "the SLD has no rule for points, lines or polygons": "у SLD немає правил для точок, ліній чи площ",
    "the QML has no symbols: save the style with its symbology": "у QML немає знаків: збережіть стиль разом із символікою",
    "left out of the style: {}": "зі стилю не взято: {}",
    "the label: the layer has no attribute {}": "підпис: у шарі немає атрибута {}",
    "the classes: the layer has no attribute {}": "класи: у шарі немає атрибута {}",
    "the classes: they are ranges of numbers, and {} is no number": "класи: це проміжки чисел, а {} – не число",
    "the whole style: the table has no geometry": "весь стиль: таблиця не має геометрії",
    "icons, patterns and fillings by a picture": "значки, візерунки й заливки малюнком",
    "several symbols one over another: the first is taken": "кілька знаків один поверх одного: узято перший",
    "the scales at which it is shown": "масштаби, у яких його показано",
    "sizes, outlines and opacity by class: classes differ by colour, the rest is that of the first symbol": (
        "розміри, обводки й прозорість за класами: класи різняться кольором, решта – як у першого знака"
    ),
    "the shape of marks: classes get theirs from the platform": "форма знаків: класам її дає платформа",
    "a label that is not one attribute's value": "підпис, що не є значенням одного атрибута",
    "classes beyond a hundred": "класи понад сотню",
    "rules whose condition is not one value or range of one attribute": (
        "правила, умова яких – не одне значення чи проміжок одного атрибута"
    ),
    "colours and sizes computed from the data": "кольори й розміри, обчислені з даних",
    "dashes of lines": "штрихи ліній",
    "that some classes are switched off: they are shown": "вимкнення деяких класів: їх показано",
    "metadata are not read from XML files: write them on the dataset's own screen, or in the file that describes the layer": (
        "метадані з файлів XML не читаються: запишіть їх на сторінці метаданих набору або у файлі з описом шару"
    ),
    "a request brings one style: SLD or QML": "запит містить один стиль: SLD або QML",
    "a picture takes no style: leave the style file out": "зображення не має стилю: приберіть файл стилю",
    # --- going back to a version ---
    "layer {} has no version {}": "у шару {} немає версії {}",
    "there is no layer {}": "шару {} немає",
    "layer {} is being changed; try again": "шар {} саме змінюють; спробуйте ще раз",
    "layer {} has another shape than its definition says; synchronise it first": (
        "будова шару {} не та, що в його описі; спершу синхронізуйте його"
    ),
    "layer {} held other geometries then: {}": "тоді шар {} містив геометрію іншого виду: {}",
    # --- coordinate systems ---
    "{} is neither geographic nor projected; name the CRS of the source with `crs`": (
        "{} – не географічна й не проєкційна система; вкажіть систему координат джерела в `crs`"
    ),
    "the coordinate system {} is unknown": "система координат {} невідома",
    "there is no trustworthy transformation from {} to WGS 84: {}": "немає надійного перетворення з {} у WGS 84: {}",
    "PROJ does not know the coordinate operation EPSG:{}; its database is damaged": (
        "PROJ не знає операції EPSG:{}; його базу пошкоджено"
    ),
    "it does not say its coordinate system; name it with `crs`, e.g. EPSG:4326": (
        "систему координат не зазначено; вкажіть її в `crs`, наприклад EPSG:4326"
    ),
    "record 1: the coordinates look swapped ({}): {}": "запис 1: схоже, координати переставлено ({}): {}",
    # --- pictures (GeoTIFF) ---
    "is no TIFF; upload a GeoTIFF": "це не TIFF; завантажте GeoTIFF",
    "can't be read as a GeoTIFF: it ends before its last piece; upload it again": (
        "не вдалося прочитати як GeoTIFF: файл обривається; завантажте його ще раз"
    ),
    "can't be read as a GeoTIFF: {}": "не вдалося прочитати як GeoTIFF: {}",
    "has {} x {} pixels, too many; cut it into parts": "{} x {} пікселів – забагато; розріжте знімок на частини",
    "has {} bands; 1 to {} are taken": "каналів: {}; приймаємо від 1 до {}",
    "does not say where it lies; save it with a coordinate system (GeoTIFF)": (
        "не сказано, де лежить знімок; збережіть його із системою координат (GeoTIFF)"
    ),
    "holds complex numbers; save it as bytes or plain numbers": (
        "містить комплексні числа; збережіть знімок байтами або звичайними числами"
    ),
    "is kept in pieces of {} x {} pixels, too large to be read; save it tiled": (
        "знімок зберігається шматками {} x {} пікселів, завеликими для читання; збережіть його плитками (tiled)"
    ),
    "needs more memory than there is for it; save it tiled, or cut it into parts": (
        "потребує більше пам’яті, ніж на нього відведено; збережіть плитками (tiled) або розріжте на частини"
    ),
    "is not done after {} seconds; save it smaller, or cut it into parts": (
        "не опрацьовано за {} с; зменште знімок або розріжте на частини"
    ),
    "can't be converted; it may be damaged or too large ({})": (
        "не вдалося перетворити: можливо, файл пошкоджено або він завеликий ({})"
    ),
    "lies outside of the region ({}, {} … {}, {}); check its coordinate system": (
        "лежить за межами області ({}, {} … {}, {}); перевірте систему координат"
    ),
    "there is a layer of this name; choose another id": "шар із такою назвою вже є; оберіть інший ідентифікатор",
    "there is no such raster": "такого знімка немає",
    "id: '{}' differs from the file's name": "id: «{}» не збігається з назвою файлу",
    # --- any file or address ---
    "unknown driver {}; known are {}": "невідомий драйвер {}; є {}",
    "can't be read: {}": "не вдалося прочитати: {}",
    "there is no such file; check `location`": "такого файлу немає; перевірте `location`",
    "it is not a file": "це не файл",
    "the file is empty": "файл порожній",
    "the path leaves its root": "шлях виходить за межі свого кореня",
    "there is no local data root; set GEOPLATFORM_DATA to the directory that holds it": (
        "немає кореня локальних даних; вкажіть їхній каталог у GEOPLATFORM_DATA"
    ),
    "{}:// is not supported; use a path, data://, sample://, http:// or https://": (
        "{}:// не підтримується; пишіть шлях, data://, sample://, http:// або https://"
    ),
    "more than {} redirects": "понад {} переспрямувань",
    "redirected to {}, which is not http(s)": "переспрямовано на {}, а це не http(s)",
    "redirected to {}, which is inside a private network": "переспрямовано на {}, а це адреса внутрішньої мережі",
    "the server is busy and asks to wait {} s; try again later": "сервер зайнятий і просить зачекати {} с; спробуйте пізніше",
    "no answer within {} s": "немає відповіді протягом {} с",
    "the answer broke off: {}": "відповідь обірвалася: {}",
    "the server answered {} {}": "сервер відповів {} {}",
    "can't connect: {}": "не вдалося з’єднатися: {}",
    "larger than the {} bytes that a source may have": "більше, ніж дозволені для джерела {} байтів",
    "the layer is kept in the platform itself; edit its features or upload a file": (
        "шар ведуть у самій платформі; змінюйте його об’єкти або завантажте файл"
    ),
    # --- uploads ---
    "files of this kind are not taken; upload one of {}": "файли цього виду не приймаються; завантажте один із таких: {}",
    "can't be read as a GeoPackage; it is damaged or holds no layer": (
        "не читається як GeoPackage: його пошкоджено або в ньому немає шарів"
    ),
    "the GeoPackage holds no layer": "у GeoPackage немає шарів",
    "not a zip archive": "це не архів zip",
    "the archive holds no Shapefile (.shp); send other formats unpacked": (
        "в архіві немає Shapefile (.shp); файли інших форматів завантажуйте без архіву"
    ),
    "not an XLSX workbook (save an old .xls as .xlsx)": "це не книга XLSX (старий .xls збережіть як .xlsx)",
    "every sheet is empty": "усі аркуші порожні",
    "not a GeoPackage (it is not an SQLite database)": "це не GeoPackage (не база SQLite)",
    "not a sound XLSX workbook: {}": "книгу XLSX пошкоджено: {}",
    "{} columns; a layer has at most {}": "стовпців {}, а шар має щонайбільше {}",
    "the table {} has no records": "у таблиці {} немає записів",
    "is no attribute that each record has another value in": "це не атрибут, значення якого в кожного запису інше",
    "there is no such theme": "такої теми немає",
    # --- archives ---
    "a zip with {} files; at most {} are read": "архів із {} файлів; читається щонайбільше {}",
    "unpacks to {} bytes, more than the {} that a source may have": "у розпакованому вигляді {} байтів, а дозволено {}",
    "an archive within the archive; unpack the outer one": "архів в архіві; розпакуйте зовнішній",
    "not a sound zip archive (truncated?): {}": "архів zip пошкоджено (обрізано?): {}",
    "the member {} would leave the archive's directory": "файл {} з архіву вийшов би за межі його каталогу",
    "the member {} is a link": "файл {} в архіві є посиланням",
    "the member {} is encrypted": "файл {} в архіві зашифровано",
    "the member {} unpacks to {} bytes: a zip bomb": "файл {} з архіву розпаковується у {} байтів: це zip-бомба",
    "the archive is damaged at {}: {}": "архів пошкоджено на {}: {}",
    "{} unpacks to more than it declares: a zip bomb": "{} розпаковується у більше, ніж заявлено: це zip-бомба",
    # --- CSV, XLSX ---
    "the answer is HTML or XML, not CSV": "у відповіді HTML або XML, а не CSV",
    "not CSV but an archive or a spreadsheet; use the driver xlsx, or unpack it": (
        "це не CSV, а архів або електронна таблиця; візьміть драйвер xlsx чи розпакуйте файл"
    ),
    "not CSV: it holds zero bytes": "це не CSV: у файлі є нульові байти",
    "line 1: there is no header": "рядок 1: немає заголовка",
    "line 1: column named twice: {}": "рядок 1: назва стовпця повторюється: {}",
    "column named twice: {}": "назва стовпця повторюється: {}",
    "option delimiter={} is not one character; use one, or {}": "option delimiter={} – не один знак; вкажіть один або {}",
    "option encoding={} is unknown; use utf-8 or cp1251": "кодування option encoding={} невідоме; вкажіть utf-8 або cp1251",
    "after record {}: {}": "після запису {}: {}",
    "line 1: {}": "рядок 1: {}",
    "it has no sheet {}; it has {}": "немає аркуша {}; є {}",
    "option header={} is not the number of a row": "option header={} – не номер рядка",
    "row {} is empty; say with option `header` which row names the columns": (
        "рядок {} порожній; вкажіть в option `header`, у якому рядку назви стовпців"
    ),
    "the sheet is damaged: {}": "аркуш пошкоджено: {}",
    "option {} names the column {}, which is not among {}": "option {} називає стовпець {}, а є лише {}",
    "the options {} and {} belong together; one is missing": "параметри {} та {} потрібні разом; одного немає",
    # --- GeoJSON, JSON, KML ---
    "no `features` near its beginning, and too large for one feature": (
        "на початку немає `features`, а для одного об’єкта файл завеликий"
    ),
    "JSON, but not GeoJSON: neither features nor a geometry in {}": "JSON, але не GeoJSON: у {} немає ні об’єктів, ні геометрії",
    "not valid JSON: {}": "неправильний JSON: {}",
    "record {} is larger than {} MB": "запис {} більший за {} МБ",
    "the answer is HTML or XML, not JSON; it begins {}": "у відповіді HTML або XML, а не JSON; вона починається з {}",
    "not a JSON object; it begins {}": "це не об’єкт JSON; початок: {}",
    "not valid JSON beside its list of records: {}": "неправильний JSON поза списком записів: {}",
    "the document breaks off in record {} (truncated or incomplete)": "документ обривається на записі {} (обрізано?)",
    "coordinates expected as lon,lat: {}": "координати мають бути як довгота,широта: {}",
    "the archive holds no .kml": "в архіві немає .kml",
    "a polygon without an outer boundary": "полігон без зовнішньої межі",
    "not valid XML after record {}: {}": "неправильний XML після запису {}: {}",
    "XML with entities or a document type is refused": "XML із сутностями або типом документа не приймається",
    "not KML: its root is <{}>": "це не KML: кореневий елемент <{}>",
    # --- Shapefile, GeoPackage ---
    "there is no .prj, so its coordinate system is unknown; name it with `crs`, e.g. EPSG:5564": (
        "немає .prj, тож система координат невідома; вкажіть її в `crs`, наприклад EPSG:5564"
    ),
    "{} is not a dBase table (truncated?)": "{} – не таблиця dBase (обрізано?)",
    "one Shapefile is needed, name it with `layer`; the archive holds {}": (
        "потрібен один Shapefile, назвіть його в `layer`; в архіві є {}"
    ),
    "the {} file ({}) is missing": "бракує файлу {} ({})",
    "{} is not a Shapefile": "{} – не Shapefile",
    "can't be read as {}: {}": "не читається як {}: {}",
    "breaks off after record {} of {} (damaged)": "обривається після запису {} з {} (пошкоджено)",
    "layer {} can't be read: {}": "шар {} не читається: {}",
    "it holds no layer with features": "у ньому немає шару з об’єктами",
    "it holds several layers, name one with `layer`: {}": "у ньому кілька шарів, назвіть один у `layer`: {}",
    "it has no layer {}; it has {}": "немає шару {}; є {}",
    "breaks off after record {}: {}": "обривається після запису {}: {}",
    # --- other servers ---
    "the server announced {} features and gave {}": "сервер заявив {} об’єктів, а дав {}",
    "not an http(s) address of an OGC API": "це не адреса http(s) OGC API",
    "a page of more than {} MB; ask for less with the option page_size": (
        "сторінка більша за {} МБ; просіть менше за раз: option page_size"
    ),
    "JSON, but no FeatureCollection: {}": "це JSON, але не FeatureCollection: {}",
    "asked for {}, the server answered in {}; leave `crs` out": "запитано {}, а сервер відповів у {}; не вказуйте `crs`",
    "not valid JSON (an incomplete answer?): {}": "неправильний JSON (неповна відповідь?): {}",
    "its `next` links do not come to an end (page {})": "посилання `next` не закінчуються (сторінка {})",
    "name the collection with `layer`": "назвіть колекцію в `layer`",
    "its `next` link leads elsewhere: {}": "посилання `next` веде деінде: {}",
    "not an http(s) address of a WFS": "це не адреса http(s) WFS",
    "name the feature type with `layer`": "назвіть тип об’єктів у `layer`",
    "the server refused: {}": "сервер відмовив: {}",
    "not a WFS answer: its root is <{}>": "це не відповідь WFS: кореневий елемент <{}>",
    "more than {} pages": "понад {} сторінок",
    "not valid XML after record {} (an incomplete answer, or HTML): {}": (
        "неправильний XML після запису {} (неповна відповідь або HTML): {}"
    ),
    # --- OpenStreetMap, GTFS ---
    "tag filter {} is not like nwr/amenity=pharmacy,clinic": "фільтр тегів {} має бути як nwr/amenity=pharmacy,clinic",
    "the driver osm_pbf needs tag filters in `query`, e.g. nwr/amenity=pharmacy,clinic": (
        "драйверу osm_pbf потрібні фільтри тегів у `query`, наприклад nwr/amenity=pharmacy,clinic"
    ),
    "not an OpenStreetMap extract (.osm.pbf or .osm)": "це не витяг OpenStreetMap (.osm.pbf або .osm)",
    "the extract breaks off after record {} (truncated?): {}": "витяг обривається після запису {} (обрізано?): {}",
    "not a sound OpenStreetMap extract: {}": "витяг OpenStreetMap пошкоджено: {}",
    "the answer holds no geometry; let the query end in `out geom;` or `out center;`": (
        "у відповіді немає геометрії; закінчуйте запит на `out geom;` або `out center;`"
    ),
    "its outer ways do not close to a ring": "зовнішні лінії не замикаються в кільце",
    "its ways do not close to rings": "лінії не замикаються в кільця",
    "its geometry was cut at a bbox; ask with `out geom;` without a bbox": (
        "геометрію обрізано за прямокутником; запитуйте `out geom;` без прямокутника"
    ),
    "the driver overpass needs a `query` in Overpass QL": "драйверу overpass потрібен `query` мовою Overpass QL",
    "the server broke off: {}": "сервер обірвав відповідь: {}",
    "JSON, but no answer of an Overpass server (no `elements`)": "це JSON, але не відповідь сервера Overpass (немає `elements`)",
    "the query holds {{bbox}}; give the option bbox as south,west,north,east": (
        "у запиті є {{bbox}}; вкажіть option bbox як південь,захід,північ,схід"
    ),
    "not a GTFS zip": "це не zip GTFS",
    "there is no stops.txt; not a GTFS timetable": "немає stops.txt; це не розклад GTFS",
    "the column {} is missing": "бракує стовпця {}",
    "not a sound CSV in UTF-8: {}": "CSV у UTF-8 пошкоджено: {}",
    # --- one record ---
    "exchange the columns {} and {} in `options`, or set `axis_order: xy`": (
        "поміняйте місцями стовпці {} та {} в `options` або вкажіть `axis_order: xy`"
    ),
    "its coordinates are not finite numbers": "координати не є скінченними числами",
    "its geometry is not WKT: {}": "геометрія не у WKT: {}",
    "its geometry is not valid GeoJSON: {}": "геометрія – неправильний GeoJSON: {}",
    "its geometry can't be read: {}": "геометрію не вдалося прочитати: {}",
    "no point on its surface can be found: {}": "не вдалося знайти точку на поверхні: {}",
    "its coordinates are outside what {} can express": "координати лежать поза межами {}",
    "its geometry can't be read (damaged, or a curve)": "геометрію не вдалося прочитати (пошкоджено або крива)",
    "not a GeoJSON feature": "це не об’єкт GeoJSON",
    "not a usable element: {}": "непридатний елемент: {}",
    "{} is not a number: {}": "{} – не число: {}",
    "a line has {}; quote values that hold the delimiter": "у рядку {}; беріть у лапки значення, в яких є роздільник",
    "a record is larger than {} MB (or a quotation mark is not closed)": "запис більший за {} МБ (або не закрито лапки)",
    "the text is not in the encoding that the rest is in; name it with the option encoding": (
        "кодування тексту не таке, як у решті; вкажіть його в option encoding"
    ),
    # --- PostGIS ---
    "name the environment variable that holds the connection string, as env:OTHER_PG_DSN": (
        "назвіть змінну оточення з рядком з’єднання, як env:OTHER_PG_DSN"
    ),
    "the environment variable {} is not set": "змінну оточення {} не задано",
    "name the table with `layer`": "назвіть таблицю в `layer`",
    "there is no such table, or this account may not see it": "такої таблиці немає або цьому обліковому запису її не видно",
    "{} is not a geometry column; there are {}": "{} – не стовпець геометрії; є {}",
    "several geometry columns, name one with the option geometry: {}": (
        "кілька стовпців геометрії, назвіть один в option geometry: {}"
    ),
    "its geometries are in several coordinate systems: {}": "геометрія в кількох системах координат: {}",
    # --- the codifier ---
    "no table of renamings, it has no column {}": "це не таблиця перейменувань, немає стовпця {}",
    "option former: {} is not a settlement's code and its old names": (
        "option former: {} – це не код населеного пункту з його колишніми назвами"
    ),
    "the codifier has no settlement (categories {})": "у кодифікаторі немає населених пунктів (категорії {})",
    "not a GeoJSON of hromady with katottg or katotth: {}": "це не GeoJSON громад із katottg чи katotth: {}",
    "the driver settlements needs the option {}": "драйверу settlements потрібен option {}",
    "option codes: {} {}": "параметр codes: {} {}",
    "needs the option `id`": "потребує параметра `id`",
    "names no settlement of the codifier": "не називає населеного пункту кодифікатора",
    "no codifier of KATOTTG, it has no column {}": "це не кодифікатор КАТОТТГ, немає стовпця {}",
    "after line {}: not a CSV in UTF-8: {}": "після рядка {}: це не CSV у UTF-8: {}",
}
_PREFIXES = {"database": "база даних"}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return each English sentence as a pattern, those with the most words of their own first."""
    found = []
    for english in sorted(SENTENCES, key=lambda sentence: -len(sentence.replace("{}", ""))):
        pattern = "(.*)".join(re.escape(part) for part in english.split("{}"))
        found.append((re.compile(rf"(?:(.*?): )?{pattern}", re.DOTALL), SENTENCES[english]))
    return found


@lru_cache(maxsize=4096)
def in_language(text: str, language: str) -> str:
    """Return the one-line English `text` of a fault or warning in `language`; what has no translation stays as it is."""
    if language != "uk":
        return text
    matches = [(match, ukrainian) for pattern, ukrainian in _patterns() if (match := pattern.fullmatch(text))]
    if matches:
        # one fault may tell another one: the one that begins first is the teller
        match, ukrainian = min(matches, key=lambda item: len(item[0][1] or ""))
        where, *named = match.groups()
        first, *others = ukrainian.split("{}")
        told = (in_language(name, language) + part for name, part in zip(named, others, strict=True))
        sentence = first + "".join(told)
        return f"{_PREFIXES.get(where, where)}: {sentence}" if where else sentence
    where, colon, rest = text.partition(": ")
    return f"{_PREFIXES[where]}: {rest}" if colon and where in _PREFIXES else text
