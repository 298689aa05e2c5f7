"""The data layer: read, map and check a company's tables; give them as they stood on a date."""
