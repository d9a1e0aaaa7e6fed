-- Rasters are held to the same ceilings, permissions and approvals as layers, and stand in the catalogue.

alter table registry.raster
    -- what the definition asks for; `publication` is what holds, after the two-person rule
    add column asked text check (asked in ('public', 'registered', 'staff', 'restricted')),
    add column catalogued text,
    -- who uploaded it: `account:<id>`; null for one that is described in a file
    add column uploaded_by text;
update registry.raster set asked = publication;
alter table registry.raster alter column asked set not null, alter column publication set default 'restricted';
insert into access.ceiling (layer, what, level, guarded)
select id, '', publication, publication = 'restricted' from registry.raster on conflict do nothing;

-- A name is a layer's or a raster's, never both's; what stands here about it goes with either.
alter table access.narrowing drop constraint narrowing_layer_fkey;
alter table access.permission drop constraint permission_layer_fkey;
create function access.forget_published() returns trigger language plpgsql security definer set search_path = access, pg_temp as $$
begin
    delete from access.permission where layer = old.id;
    delete from access.narrowing where layer = old.id;
    return old;
end $$;
create trigger forget_layer after delete on registry.layer for each row execute function access.forget_published();
create trigger forget_raster after delete on registry.raster for each row execute function access.forget_published();
create function access.check_published() returns trigger language plpgsql as $$
begin
    if not exists (select from registry.layer where id = new.layer) and not exists (select from registry.raster where id = new.layer)
    then
        raise foreign_key_violation using message = format('there is no layer or raster %s', new.layer);
    end if;
    return new;
end $$;
create trigger narrowing_of_something before insert on access.narrowing for each row execute function access.check_published();
create trigger permission_of_something before insert on access.permission for each row execute function access.check_published();

do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        execute format($view$
            create or replace view pub_%1$s.permissions with (security_barrier) as
            select m.layer, m.operation, m.who from access.permission m
             where exists (select from registry.published p where p.layer = m.layer and p.level = %1$L)
                or exists (select from pub_%1$s.rasters r where r.id = m.layer)
        $view$, level);
    end loop;
end $$;
