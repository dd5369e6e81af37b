-- +goose Up

-- "advanced" is the last interaction that the end of its session includes, as
-- "followed" is for page views and facts.
INSERT INTO progress (name, value) SELECT 'advanced', coalesce(max(id), 0) FROM interactions;

-- The secrets of the days, two at most.
CREATE TABLE salts (
    day  TIMESTAMP NOT NULL, -- its beginning, in UTC
    salt BLOB      NOT NULL
);
