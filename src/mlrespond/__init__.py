"""mlrespond: respond to incidents of models in production, and keep the truth about them."""

__version__ = "0.1.0"
