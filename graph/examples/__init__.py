"""What the schema's @example makes: values of its parts, operations to try, and the answers that these have."""
