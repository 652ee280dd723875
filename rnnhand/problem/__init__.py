"""Files → typed values: YAML with positions, problems, and the library of data that ships."""
