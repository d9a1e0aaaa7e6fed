-- Layers that staff made by uploading a file: described here instead of by a file of the library.
create table registry.uploaded_definition (
    id          text primary key,
    document    jsonb not null,
    file_name   text not null,                -- of the first upload
    created_by  text not null,
    created_at  timestamptz not null default now(),
    changed_by  text not null,
    changed_at  timestamptz not null default now()
);
