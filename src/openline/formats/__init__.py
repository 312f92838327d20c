"""WHAT PEOPLE BRING: files in, values out, and back. Import from the modules; see docs/architecture.md."""
