"""The import: CRM exports become our tables."""
