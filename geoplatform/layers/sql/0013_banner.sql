-- Announcements of an emergency: shown on every page in both languages from their start to their end. No name of a person is in them.
create table registry.banner (
    id            bigint generated always as identity primary key,
    severity      text not null check (severity in ('info', 'warning', 'danger')),
    title_uk      text not null check (length(title_uk) between 3 and 120),
    title_en      text not null check (length(title_en) between 3 and 120),
    text_uk       text not null default '' check (length(text_uk) <= 600),
    text_en       text not null default '' check (length(text_en) <= 600),
    starts_at     timestamptz not null,
    ends_at       timestamptz not null,
    withdrawn_at  timestamptz,
    set_at        timestamptz not null default now(),
    set_by        text not null,
    -- goes up with each change: of two who change one row at once, one is told
    version       integer not null default 1,
    check (ends_at > starts_at and ends_at <= starts_at + interval '31 days')
);
create index banner_by_end on registry.banner (ends_at);

do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        -- what starts within the minute too: readers keep the rows for some seconds and look at the clock themselves
        execute format($view$
            create view pub_%1$s.banner as
            select b.id, b.severity, b.title_uk, b.title_en, b.text_uk, b.text_en, b.starts_at, b.ends_at
              from registry.banner b
             where b.withdrawn_at is null and b.ends_at > now() and b.starts_at < now() + interval '1 minute'
        $view$, level);
        execute format('grant select on pub_%1$s.banner to gp_%1$s', level);
    end loop;
end $$;
