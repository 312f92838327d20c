"""WHAT FLIES: frozen values only. Import from the modules; see docs/architecture.md."""
