-- What a past state's attribute is worth as a column of today's type; null where it was something else then.

create function history.as_text(value jsonb) returns text language sql immutable parallel safe as $$
    select case jsonb_typeof(value)
        when 'array' then (select string_agg(item, ';') from jsonb_array_elements_text(value) item)
        when 'null' then null
        else value #>> '{}' end
$$;
create function history.as_texts(value jsonb) returns text[] language sql immutable parallel safe as $$
    select case jsonb_typeof(value)
        when 'array' then array(select jsonb_array_elements_text(value))
        when 'string' then string_to_array(value #>> '{}', ';') end
$$;
create function history.as_bigint(value jsonb) returns bigint language sql immutable parallel safe as $$
    select case when jsonb_typeof(value) = 'number' then
        case when abs(value::numeric) < 9e18 and value::numeric = trunc(value::numeric) then value::numeric::bigint end end
$$;
create function history.as_double(value jsonb) returns double precision language sql immutable parallel safe as $$
    select case when jsonb_typeof(value) = 'number' then value::double precision end
$$;
create function history.as_boolean(value jsonb) returns boolean language sql immutable parallel safe as $$
    select case when jsonb_typeof(value) = 'boolean' then value::boolean end
$$;
create function history.as_date(value jsonb) returns date language plpgsql immutable parallel safe as $$
begin
    return case when value #>> '{}' ~ '^\d{4}-\d{2}-\d{2}' then left(value #>> '{}', 10)::date end;
exception when data_exception then
    return null;
end $$;
create function history.as_timestamptz(value jsonb) returns timestamptz language plpgsql immutable parallel safe as $$
begin
    -- only with its offset, so that no setting of a session decides what it means
    return case when value #>> '{}' ~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}.*([+-]\d{2}:?\d{2}|Z)$' then (value #>> '{}')::timestamptz end;
exception when data_exception then
    return null;
end $$;
