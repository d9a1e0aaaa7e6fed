-- A layer that staff took out stays out when its data are next synchronised, until staff publish it again.
alter table registry.layer add column withdrawn boolean not null default false;

-- The newest finished run of each layer, for its freshness.
create index sync_run_running on registry.sync_run (layer) where status = 'running';
