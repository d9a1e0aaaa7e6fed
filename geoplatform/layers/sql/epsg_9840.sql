-- EPSG:9840 (UCS-2000 / LCS-35 Kirovohrad), which PostGIS 3.3 does not list. Run once in each database by a superuser, after the extension.
-- PostGIS asks PROJ for "EPSG:9840" first; the texts are its fallback, so they carry the same datum shift (EPSG:5840).
insert into spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) values (
    9840, 'EPSG', 9840,
    'PROJCS["UCS-2000 / LCS-35 Kirovohrad",GEOGCS["UCS-2000",DATUM["Ukraine_2000",SPHEROID["Krassowsky 1940",6378245,298.3,AUTHORITY["EPSG","7024"]],TOWGS84[24,-121,-76,0,0,0,0],AUTHORITY["EPSG","1077"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","5561"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",32],PARAMETER["scale_factor",1],PARAMETER["false_easting",300000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","9840"]]',
    '+proj=tmerc +lat_0=0 +lon_0=32 +k=1 +x_0=300000 +y_0=0 +ellps=krass +towgs84=24,-121,-76,0,0,0,0 +units=m +no_defs'
) on conflict (srid) do nothing;
