-- Indicators: figures by area and year. The areas are features of a published layer; a level sees an indicator when both are open to it.

create schema indicators;

create table indicators.indicator (
    id          text primary key check (id ~ '^[a-z][a-z0-9_]{1,47}$'),
    -- geoplatform.indicators.definition.Indicator
    document    jsonb not null,
    areas       text not null,              -- the layer whose features the values belong to
    level       text not null check (level in ('public', 'registered', 'staff')),
    is_demo     boolean not null,
    -- of the file that the values came from, where the platform ships it
    file_hash   text,
    changed_at  timestamptz not null default now(),
    changed_by  text not null
);

create table indicators.value (
    indicator  text not null references indicators.indicator (id) on delete cascade,
    year       smallint not null check (year between 1800 and 2200),
    area       text collate "C" not null,   -- the feature's id in the layer of areas
    value      double precision not null check (value > '-Infinity' and value < 'Infinity'),
    primary key (indicator, year, area)
);

-- Bounds of classes, worked out once when values come in: what does it weighs too much for a page. breaks: upper bounds.
create table indicators.classes (
    indicator  text not null references indicators.indicator (id) on delete cascade,
    year       smallint not null,
    method     text not null,
    classes    smallint not null,
    breaks     double precision[] not null,
    primary key (indicator, year, method, classes)
);

do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        execute format($view$
            create view pub_%1$s.indicator with (security_barrier) as
            select i.id, i.document, i.areas, i.is_demo, i.changed_at
              from indicators.indicator i
              join registry.published p on p.layer = i.areas and p.level = %1$L
             where case i.level when 'public' then true when 'registered' then %1$L <> 'public' else %1$L = 'staff' end
        $view$, level);
        execute format($view$
            create view pub_%1$s.indicator_value with (security_barrier) as
            select v.indicator, v.year, v.area, v.value from indicators.value v join pub_%1$s.indicator i on i.id = v.indicator
        $view$, level);
        execute format($view$
            create view pub_%1$s.indicator_classes with (security_barrier) as
            select c.indicator, c.year, c.method, c.classes, c.breaks
              from indicators.classes c join pub_%1$s.indicator i on i.id = c.indicator
        $view$, level);
        execute format('grant select on pub_%1$s.indicator, pub_%1$s.indicator_value, pub_%1$s.indicator_classes to gp_%1$s', level);
    end loop;
end $$;
