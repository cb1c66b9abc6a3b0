"""Files kept by their content, and the rules by which a hostile upload is refused."""
