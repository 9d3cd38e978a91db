-- Run once, when the database is made: what pgHero reads of statements.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
