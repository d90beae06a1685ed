"""YAML with positions to models, every mistake at once as a diagnostic, and the JSON Schema."""
