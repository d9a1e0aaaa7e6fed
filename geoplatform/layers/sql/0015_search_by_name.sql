-- A document is looked up by its name whatever the levels that see it: without this index each batch would read all documents.
create index document_by_name on search.document (collection, name);
