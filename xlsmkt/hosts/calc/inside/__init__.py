"""What runs inside LibreOffice: its own Python, 3.8 or later, with nothing but the standard library and uno."""
