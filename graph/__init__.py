"""The GraphQL server: everything between the socket and the database package."""
