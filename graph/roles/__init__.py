"""Who may: the directive, its guards, the schema as a viewer sees it, and the access matrix."""
