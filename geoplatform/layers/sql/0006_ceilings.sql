-- What of each layer may be open now and what once was restricted; coarser places for a level; who downloaded what.

-- The ceiling that the definition and the approvals leave, before permissions narrow it. what: '' for the layer, else an attribute.
-- No row is ever deleted: an attribute that comes back under its old name, or a layer made anew, is no new one.
create table access.ceiling (
    layer    text not null,
    what     text not null default '',
    level    text not null check (level in ('public', 'registered', 'staff', 'restricted')),
    -- it has been restricted once: each widening needs two approvals
    guarded  boolean not null,
    -- the columns of the source that the attribute was read from, so that renaming an attribute opens nothing
    sources  text[] not null default '{}',
    primary key (layer, what)
);
-- An installation that ran before this rule: what it shows now is what it has decided.
insert into access.ceiling (layer, what, level, guarded)
select id, '', coalesce(definition->>'publication', 'restricted'), coalesce(definition->>'publication', 'restricted') = 'restricted'
  from registry.layer;
insert into access.ceiling (layer, what, level, guarded, sources)
select l.id, a->>'name', coalesce(a->>'publication', 'restricted'), coalesce(a->>'publication', 'restricted') = 'restricted',
       case jsonb_typeof(a->'source')
            when 'array' then array(select jsonb_array_elements_text(a->'source'))
            when 'string' then array[a->>'source'] else array[a->>'name'] end
  from registry.layer l, jsonb_array_elements(l.definition->'attributes') a;

-- For which ceiling the permissions were set that narrow the layer; a new ceiling opens the screens anew.
alter table access.narrowing add column ceiling text;

-- What the control plane's permissions were when they were last carried over.
create table access.projection (
    only_row     boolean primary key default true check (only_row),
    fingerprint  text not null,
    compared_at  timestamptz not null
);

-- A level may see rounded places only. One of the two is set then: step in degrees, or in units of EPSG:3857.
-- The counts are set where places are clustered, and are those of the clusters.
alter table registry.published
    add column step_degrees double precision,
    add column step_mercator double precision,
    add column feature_count bigint,
    add column demo_count bigint;

-- The box around places that are rounded by these steps: rounding keeps the order, so it is the rounded box.
create function registry.coarse_box(box geometry, degrees double precision, mercator double precision)
    returns double precision[] language sql immutable parallel safe as $$
    select case
        when box is null then null
        when degrees is not null then array[round(ST_XMin(box) / degrees) * degrees, round(ST_YMin(box) / degrees) * degrees,
                                            round(ST_XMax(box) / degrees) * degrees, round(ST_YMax(box) / degrees) * degrees]
        when mercator is not null then (
            select array[ST_X(low), ST_Y(low), ST_X(high), ST_Y(high)]
              from (select ST_Transform(ST_SetSRID(ST_MakePoint(round(ST_XMin(m) / mercator) * mercator,
                                                                round(ST_YMin(m) / mercator) * mercator), 3857), 4326) as low,
                           ST_Transform(ST_SetSRID(ST_MakePoint(round(ST_XMax(m) / mercator) * mercator,
                                                                round(ST_YMax(m) / mercator) * mercator), 3857), 4326) as high
                      from (select ST_Transform(ST_SetSRID(box, 4326), 3857) as m) as metres) as corners)
        else array[ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)]
    end
$$;

do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        execute format($view$
            create or replace view pub_%1$s.published with (security_barrier) as
            select p.layer, p.document, l.version, coalesce(p.feature_count, l.feature_count) as feature_count,
                   coalesce(p.demo_count, l.demo_count) as demo_count,
                   registry.coarse_box(l.bbox, p.step_degrees, p.step_mercator) as bbox,
                   l.source_kind, l.source_date, l.checked_at, l.changed_at
              from registry.published p join registry.layer l on l.id = p.layer
             where p.level = %1$L
        $view$, level);
        execute format($view$
            create or replace view pub_%1$s.changes with (security_barrier) as
            select e.layer, e.version, e.at, registry.coarse_box(e.bbox, p.step_degrees, p.step_mercator) as bbox
              from registry.change_event e join registry.published p on p.layer = e.layer and p.level = %1$L
        $view$, level);
    end loop;
end $$;

-- The serving plane writes nothing but this: who downloaded a layer that is not public.
create function access.note_download(account bigint, token text, layer_id text, form text)
    returns void language sql volatile security definer set search_path = access, pg_temp as $$
    insert into access.audit (actor, action, layer, detail)
    values ('account:' || account, 'downloaded', layer_id, jsonb_build_object('token', token, 'format', form))
$$;
revoke all on function access.note_download(bigint, text, text, text) from public;
grant usage on schema access to gp_registered, gp_staff;
grant execute on function access.note_download(bigint, text, text, text) to gp_registered, gp_staff;
