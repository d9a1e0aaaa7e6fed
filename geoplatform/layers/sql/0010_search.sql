-- What can be found: documents with their lemmas, the words of their names, and how far each source has been followed.
-- One writer, the indexer of geoplatform/search, under an advisory lock; each level's role reads views of its own.

create schema search;

-- A document that several levels see in the same form is kept once: `levels` names them by their first letters. A level's view
-- is made of whole partitions, so that no row above the level is within its reach and the indexes serve it without a barrier.
create table search.document (
    levels       text not null,
    collection   text not null,
    name         text not null,             -- the document's id in its collection
    kind         text not null,
    -- the layers that one must be allowed to see to be told of this document; none for what hangs on no layer
    layers       text[] not null default '{}',
    is_demo      boolean not null default false,
    title_uk     text not null,
    title_en     text not null,
    alternatives text[] not null default '{}',  -- old and other names
    subtitle_uk  text not null default '',
    subtitle_en  text not null default '',
    body_uk      text not null default '',
    body_en      text not null default '',
    url          text not null,             -- path below the site's address, without the language
    geom         geometry(Geometry, 4326),
    since        date,
    until        date,
    keys         text[] not null default '{}',  -- exact keys: addresses, names of streets, codes
    data         jsonb not null default '{}'::jsonb,  -- what `places` needs to know of a street or an address
    importance   real not null default 0,
    sort_key     text not null,             -- the title's words, folded, as they are typed first
    lexemes      tsvector not null,         -- lemmas and words of everything, computed in Python
    names        tsvector not null,         -- words of the names, for suggestions
    digest       bytea not null,
    primary key (levels, collection, name)
) partition by list (levels);
create index document_lexemes on search.document using gin (lexemes) with (fastupdate = off);
create index document_names on search.document using gin (names) with (fastupdate = off);
create index document_keys on search.document using gin (keys) with (fastupdate = off);
create index document_sort on search.document (sort_key text_pattern_ops);
create index document_place on search.document using gist (geom);

-- The words of names and in how many documents each is: what a mistyped word is compared with.
create table search.word (
    levels     text not null,
    word       text not null,
    documents  bigint not null,
    primary key (levels, word)
) partition by list (levels);
create index word_near on search.word using gin (word gin_trgm_ops);

-- Which feature belongs to which document, where several features make one (the lines of a street).
create table search.member (
    source   text not null,
    layer    text not null,
    feature  text not null,
    key      text not null,
    primary key (source, layer, feature, key)
);
create index member_by_key on search.member (source, key);

-- How far each source of documents has been followed. progress: a run through everything under way, to be taken up again.
create table search.source (
    name        text primary key,
    token       text,
    progress    jsonb,
    indexed_at  timestamptz not null default now(),
    error       text
);

-- The description of a published layer changes its documents: only a layer whose description, as the level sees it, is the one
-- that was indexed is searched. So a narrowed attribute is out of search in the transaction that narrows it.
alter table registry.published add column mark text generated always as (md5(document::text)) stored;
create table search.layer (
    layer  text not null,
    level  text not null,
    mark   text not null,
    primary key (layer, level)
);

do $$
declare
    face text;
    level text;
begin
    foreach face in array array['prs', 'pr', 'p', 'rs', 'r', 's'] loop
        execute format('create table search.document_%1$s partition of search.document for values in (%1$L)', face);
        execute format('create table search.word_%1$s partition of search.word for values in (%1$L)', face);
    end loop;
    foreach level in array array['public', 'registered', 'staff'] loop
        -- the faces with the level's first letter in their name
        execute format('create view pub_%s.search_document as %s', level, (
            select string_agg(format('select * from search.document_%s', name), ' union all ')
              from unnest(array['prs', 'pr', 'p', 'rs', 'r', 's']) name where strpos(name, left(level, 1)) > 0));
        execute format('create view pub_%s.search_word as %s', level, (
            select string_agg(format('select word, documents from search.word_%s', name), ' union all ')
              from unnest(array['prs', 'pr', 'p', 'rs', 'r', 's']) name where strpos(name, left(level, 1)) > 0));
        execute format($view$
            create view pub_%1$s.search_layer with (security_barrier) as
            select s.layer from search.layer s join registry.published p on p.layer = s.layer and p.level = s.level
             where s.level = %1$L and s.mark = p.mark
        $view$, level);
        execute format('grant select on pub_%1$s.search_document, pub_%1$s.search_word, pub_%1$s.search_layer to gp_%1$s', level);
    end loop;
end $$;

-- What a version changed is found without reading the layer.
create index feature_by_version on history.feature (layer, version);
do $$
declare
    name text;
begin
    for name in select c.relname from pg_class c where c.relnamespace = 'layers'::regnamespace and c.relkind = 'r' loop
        execute format('create index on layers.%I (version)', name);
    end loop;
end $$;
