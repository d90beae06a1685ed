"""A report as text with charts for a terminal, and as one HTML file with pictures in SVG."""
