-- Rasters: aerial photographs and other pictures of the ground, each with one image or several of different dates.

create table registry.raster (
    id           text primary key,
    definition   jsonb not null,
    -- who may see it; beside the definition's own, the narrower wins
    publication  text not null check (publication in ('public', 'registered', 'staff', 'restricted')),
    narrowed_to  text check (narrowed_to in ('public', 'registered', 'staff', 'restricted')),
    version      bigint not null default 1,
    changed_at   timestamptz not null default now()
);

create table registry.raster_image (
    raster    text not null references registry.raster (id) on delete cascade,
    date      date not null,
    -- below the directory of rasters; the name holds a hash of the content, so a file never changes
    file      text not null unique check (file ~ '^[a-z0-9_]+/[a-z0-9_.-]+\.tif$'),
    -- what it was made from: a hash of the given file, so that the same one is not converted again
    source    text not null,
    west      double precision not null,
    south     double precision not null,
    east      double precision not null,
    north     double precision not null,
    added_at  timestamptz not null default now(),
    primary key (raster, date)
);

do $$
declare
    level text;
    seen text[];
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        seen := array_append(seen, level);  -- a wider level's rasters are also the narrower ones'
        execute format($view$
            create view pub_%1$s.rasters with (security_barrier) as
            select r.id, r.version, r.changed_at, r.definition as document,
                   (select jsonb_agg(jsonb_build_object('date', i.date, 'file', i.file, 'bbox',
                                                        jsonb_build_array(i.west, i.south, i.east, i.north)) order by i.date)
                      from registry.raster_image i where i.raster = r.id) as images
              from registry.raster r
             where r.publication = any(%2$L::text[])
               and coalesce(r.narrowed_to, 'public') = any(%2$L::text[])
               and exists (select from registry.raster_image i where i.raster = r.id)
        $view$, level, seen);
        execute format('grant select on pub_%1$s.rasters to gp_%1$s', level);
    end loop;
end $$;
