"""From equations to equations: adjoints, tangents, and tidying. No numbers here."""
