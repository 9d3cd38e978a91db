"""The reference: a page for each type and for each kind of operations, from the schema as a viewer sees it."""
