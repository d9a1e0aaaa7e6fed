-- What kinds and collections of documents from outside the layers are called: the serving plane does not know the plugins.

create table search.title (
    of     text not null check (of in ('kind', 'collection')),
    name   text not null,
    uk     text not null,
    en     text not null,
    primary key (of, name)
);
do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        execute format('create view pub_%s.search_title as select of, name, uk, en from search.title', level);
        execute format('grant select on pub_%1$s.search_title to gp_%1$s', level);
    end loop;
end $$;
