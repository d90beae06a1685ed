"""Results as text, Markdown and JSON; it gets result models, never SQL."""
