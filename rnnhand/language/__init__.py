"""The equation language: text ⇄ tree. Nothing here knows of time loops, numbers or files."""
