"""Who asks: from the Authorization header to a viewer, and what makes a token good or bad."""
