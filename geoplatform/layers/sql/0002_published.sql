-- What each level may know about the published layers, and the views through which its role reads it.

create table registry.published (
    layer     text not null references registry.layer (id) on delete cascade,
    level     text not null check (level in ('public', 'registered', 'staff')),
    -- the definition trimmed to what the level may see, its vocabularies and its theme
    document  jsonb not null,
    primary key (layer, level)
);

-- A level's role may use its own schema and nothing else of ours; layer views are granted one by one when they are published.
do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        -- security_barrier: a function of the reader's own must not be shown the rows of the other levels
        execute format($view$
            create view pub_%1$s.published with (security_barrier) as
            select p.layer, p.document, l.version, l.feature_count, l.demo_count,
                   case when l.bbox is not null
                        then array[ST_XMin(l.bbox), ST_YMin(l.bbox), ST_XMax(l.bbox), ST_YMax(l.bbox)] end as bbox,
                   l.source_kind, l.source_date, l.checked_at, l.changed_at
              from registry.published p join registry.layer l on l.id = p.layer
             where p.level = %1$L
        $view$, level);
        execute format('create view pub_%1$s.serial as select serial from registry.publication', level);
        execute format('grant usage on schema pub_%1$s to gp_%1$s', level);
        execute format('grant select on pub_%1$s.published, pub_%1$s.serial to gp_%1$s', level);
    end loop;
end $$;
