"""Everything that speaks SQL: tables, statements, loading, and the embedded servers."""
