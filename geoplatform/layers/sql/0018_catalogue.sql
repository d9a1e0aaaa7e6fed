-- What GeoNode's catalogue says that no definition does: what staff write about layers and rasters in its metadata editor, and its
-- resources that stand for no layer (documents, maps, datasets of other sites...). geoplatform.access.geonode_records carries it over.

create table registry.catalogue_note (
    layer     text primary key,              -- of a layer or a raster
    document  jsonb not null
);

create table registry.catalogue_resource (
    id           text primary key check (id ~ '^[0-9a-f-]{36}$'),  -- GeoNode's uuid, which no layer's name can be
    -- the widest level at which somebody may view it
    level        text not null check (level in ('public', 'registered', 'staff')),
    -- `who` as in access.permission; nobody is no answer: administrators always may
    view_by      text[] not null check (cardinality(view_by) > 0),
    download_by  text[] not null,
    document     jsonb not null
);

do $$
declare
    level text;
    seen text[];
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        seen := seen || level;  -- a level sees what the wider ones see
        execute format($view$
            create view pub_%1$s.catalogue_notes with (security_barrier) as
            select n.layer, n.document from registry.catalogue_note n
             where exists (select from registry.published p where p.layer = n.layer and p.level = %1$L)
                or exists (select from pub_%1$s.rasters r where r.id = n.layer)
        $view$, level);
        execute format($view$
            create view pub_%1$s.catalogue_resources with (security_barrier) as
            select r.id, r.document from registry.catalogue_resource r where r.level = any (%2$L)
        $view$, level, seen);
        execute format($view$
            create or replace view pub_%1$s.permissions with (security_barrier) as
            select m.layer, m.operation, m.who from access.permission m
             where exists (select from registry.published p where p.layer = m.layer and p.level = %1$L)
                or exists (select from pub_%1$s.rasters r where r.id = m.layer)
            union all
            select r.id, 'view', unnest(r.view_by) from registry.catalogue_resource r where r.level = any (%2$L)
            union all
            select r.id, 'download', unnest(r.download_by) from registry.catalogue_resource r where r.level = any (%2$L)
        $view$, level, seen);
        execute format('grant select on pub_%1$s.catalogue_notes, pub_%1$s.catalogue_resources to gp_%1$s', level);
    end loop;
end $$;
