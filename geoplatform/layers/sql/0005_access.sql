-- Who may see what, as the serving plane reads it: accounts and permissions projected from the control plane, tokens, audit, approvals.

create schema access;

-- What the control plane knows about an account; no name, no address.
create table access.account (
    id      bigint primary key,              -- the control plane's user id
    level   text not null check (level in ('public', 'registered', 'staff')),
    groups  bigint[] not null default '{}'
);

-- GeoNode's permission screens may narrow what a definition publishes. A layer without a row here is as wide as its definition.
create table access.narrowing (
    layer     text primary key references registry.layer (id) on delete cascade,
    -- the widest level that the permissions leave; the definition's own ceiling counts when it is narrower
    level     text not null check (level in ('public', 'registered', 'staff', 'restricted'))
);

-- Inside a level: who may do what. who: 'anyone', 'registered', 'group:<id>' or 'account:<id>'.
create table access.permission (
    layer      text not null references registry.layer (id) on delete cascade,
    operation  text not null check (operation in ('view', 'download', 'edit')),
    who        text not null check (who ~ '^(anyone|registered|(group|account):[0-9]+)$'),
    primary key (layer, operation, who)
);

-- Tokens of QGIS, scripts and services. The token itself is stored nowhere.
create table access.token (
    id          uuid primary key default gen_random_uuid(),
    hash        bytea not null unique check (length(hash) = 32),
    account     bigint not null,
    name        text not null check (length(name) between 1 and 100),
    layers      text[],                      -- null: whatever the account may see
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    revoked_at  timestamptz
);
create index token_by_account on access.token (account, created_at);

-- Who published or opened what, and who read what is not public through a download. Never changed, never deleted.
create table access.audit (
    id       bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    actor    text not null,
    action   text not null,
    layer    text,
    detail   jsonb not null default '{}'::jsonb
);
create index audit_by_layer on access.audit (layer, id desc);
create function access.keep_audit() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is only added to';
end $$;
create trigger audit_is_kept before update or delete or truncate on access.audit
    for each statement execute function access.keep_audit();

-- Two people must agree before something restricted becomes visible to anybody. what: '' for the layer, else an attribute's name.
create table access.approval (
    layer        text not null,
    what         text not null default '',
    to_level     text not null check (to_level in ('public', 'registered', 'staff')),
    approver     bigint not null,
    approver_name text not null,
    reason       text not null check (length(reason) between 3 and 2000),
    at           timestamptz not null default now(),
    withdrawn_at timestamptz,
    primary key (layer, what, to_level, approver)
);

-- The serving plane asks as the role of the widest level; it can ask who a token or an account is, and read neither list.
create function access.principal_of_token(token_hash bytea)
    returns table (token uuid, account bigint, level text, groups bigint[], layers text[], expires_at timestamptz)
    language sql stable security definer set search_path = access, pg_temp as $$
    select t.id, a.id, a.level, a.groups, t.layers, t.expires_at
      from access.token t join access.account a on a.id = t.account
     where t.hash = token_hash and t.revoked_at is null and t.expires_at > now()
$$;
create function access.principal_of_account(account_id bigint)
    returns table (account bigint, level text, groups bigint[])
    language sql stable security definer set search_path = access, pg_temp as $$
    select a.id, a.level, a.groups from access.account a where a.id = account_id
$$;
revoke all on all functions in schema access from public;
grant usage on schema access to gp_public;
grant execute on function access.principal_of_token(bytea), access.principal_of_account(bigint) to gp_public;

-- Each level reads the permissions of its own layers.
do $$
declare
    level text;
begin
    foreach level in array array['public', 'registered', 'staff'] loop
        execute format($view$
            create view pub_%1$s.permissions with (security_barrier) as
            select m.layer, m.operation, m.who from access.permission m
             where exists (select from registry.published p where p.layer = m.layer and p.level = %1$L)
        $view$, level);
        execute format('grant select on pub_%1$s.permissions to gp_%1$s', level);
    end loop;
end $$;
