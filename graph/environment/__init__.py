"""What the environment says: each variable's name, form and words, and how mistakes in them are told."""
