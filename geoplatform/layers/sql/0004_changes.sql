-- What each level may know about changes: which version touched which box, of the layers that it may see.
do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        execute format($view$
            create view pub_%1$s.changes with (security_barrier) as
            select e.layer, e.version, e.at,
                   case when e.bbox is not null
                        then array[ST_XMin(e.bbox), ST_YMin(e.bbox), ST_XMax(e.bbox), ST_YMax(e.bbox)] end as bbox
              from registry.change_event e
             where exists (select from registry.published p where p.layer = e.layer and p.level = %1$L)
        $view$, level);
        execute format('grant select on pub_%1$s.changes to gp_%1$s', level);
    end loop;
end $$;
