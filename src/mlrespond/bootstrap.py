"""The composition root: settings and authored files to adapters, verbs and the App."""
