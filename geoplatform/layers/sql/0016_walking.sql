-- The street network as a graph for walking, made of the lines of one published layer (layers/walking.yaml names it) as everybody
-- may see them. geoplatform/walking/build.py is the only writer; a build replaces the whole in one transaction.

create schema walking;

-- The network that was built last. version, mark: of the layer's data and of its description as everybody sees it, when it was
-- built; rules: of layers/walking.yaml. A build that failed keeps the old edges and says why.
create table walking.network (
    id         smallint primary key default 1 check (id = 1),
    layer      text not null,
    version    bigint not null,
    mark       text not null,
    rules      text not null,
    edges      bigint not null,
    is_demo    boolean not null,
    built_at   timestamptz not null default clock_timestamp()
);

-- A piece of a way between two places where ways meet or end. source, target: these places, numbered by their coordinates.
create table walking.edge (
    id      bigint generated always as identity,
    source  bigint not null,
    target  bigint not null,
    metres  real not null check (metres > 0),       -- on the ellipsoid
    steps   boolean not null,                       -- stairs, or a way that no wheelchair can use
    geom    geometry(LineString, 3857) not null
);
create index edge_geom on walking.edge using gist (geom);

-- Nobody sees the network of a layer that is no longer published, or is described otherwise now than when it was built.
create view pub_public.walk_network with (security_barrier) as
select n.layer, n.version, n.edges, n.is_demo, n.built_at
  from walking.network n
  join registry.published p on p.layer = n.layer and p.level = 'public' and p.mark = n.mark;
create view pub_public.walk_edge as
select e.id, e.source, e.target, e.metres, e.steps, e.geom
  from walking.edge e
 where (select count(*) from pub_public.walk_network) > 0;
grant select on pub_public.walk_network, pub_public.walk_edge to gp_public;
