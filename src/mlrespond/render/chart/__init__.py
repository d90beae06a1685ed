"""Pictures as Vega specifications: interactive in HTML, and the same drawn as a static SVG."""
