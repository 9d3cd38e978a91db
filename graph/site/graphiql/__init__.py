"""GraphiQL, the page at /graphql to try the API on: the page, and where its files come from."""
