"""What people look at in a browser: GraphiQL, the documentation, and the schema as text."""
