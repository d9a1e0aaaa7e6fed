-- What every plane shares about layers: definitions, versions, runs, reports and change events; the tables of features and their past.

create schema if not exists registry;   -- about layers
create schema if not exists layers;     -- one table a layer, named by its id: what is true now
create schema if not exists history;    -- what was true before
create schema if not exists pub_public;      -- views for everybody
create schema if not exists pub_registered;  -- views for signed-in people
create schema if not exists pub_staff;       -- views for staff

create table registry.layer (
    id              text primary key,
    definition      jsonb not null,
    definition_hash text not null,
    -- number of the last applied change; part of every cached address
    version         bigint not null default 0,
    feature_count   bigint not null default 0,
    demo_count      bigint not null default 0,
    bbox            geometry(Polygon, 4326),
    -- fingerprint of the last source bytes that were applied or found to be the same
    source_hash     text,
    source_kind     text not null default 'none' check (source_kind in ('none', 'source', 'sample')),
    source_date     timestamptz,             -- as of when the source's data are, if it says so
    checked_at      timestamptz,             -- when the source last answered soundly
    changed_at      timestamptz,             -- when the content last changed
    published       boolean not null default false,
    -- what the catalogue has followed up to; the task compares it with version and definition_hash
    catalogued      text
);

create table registry.sync_run (
    id           bigint generated always as identity primary key,
    layer        text not null,
    started_at   timestamptz not null default now(),
    finished_at  timestamptz,
    status       text not null default 'running' check (status in
                 ('running', 'applied', 'unchanged', 'refused', 'needs_confirmation', 'failed', 'interrupted')),
    source_hash  text,
    version      bigint,
    read         bigint not null default 0,
    added        bigint not null default 0,
    changed      bigint not null default 0,
    removed      bigint not null default 0,
    mended       bigint not null default 0,
    refused      bigint not null default 0,
    error        text,                       -- one clear line, for the reader
    report       jsonb not null default '{}'::jsonb,
    started_by   text not null default 'system'
);
create index sync_run_by_layer on registry.sync_run (layer, id desc);

create table registry.refused_record (
    run       bigint not null references registry.sync_run on delete cascade,
    position  bigint not null,               -- the record's number in the source, from 1
    feature   text,                          -- the key, if it could be read
    reasons   text[] not null,
    record    jsonb not null,
    primary key (run, position)
);

create table registry.change_event (
    id        bigint generated always as identity primary key,
    layer     text not null,
    version   bigint not null,
    bbox      geometry(Polygon, 4326),       -- of what was added, changed or removed, old and new place
    added     bigint not null,
    changed   bigint not null,
    removed   bigint not null,
    at        timestamptz not null default now(),
    run       bigint,
    author    text not null default 'system',
    unique (layer, version)
);

-- One row: goes up with each change of what is published; every serving process compares it before it answers.
create table registry.publication (
    only_row  boolean primary key default true check (only_row),
    serial    bigint not null default 1
);
insert into registry.publication default values;

-- Closed past states; the present state is in the layer's own table, so nothing is written twice.
create table history.feature (
    layer       text not null,
    id          text not null,
    attributes  jsonb not null,
    geom        geometry(Geometry, 4326),
    is_demo     boolean not null default false,
    valid_from  timestamptz not null,
    valid_to    timestamptz not null,
    version     bigint not null,             -- the version that ended this state
    author      text not null default 'system',
    check (valid_from <= valid_to)
) partition by list (layer);
create index feature_by_id on history.feature (layer, id, valid_from);
create index feature_by_time on history.feature using gist (tstzrange(valid_from, valid_to));
