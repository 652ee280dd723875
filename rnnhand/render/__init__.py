"""Documents → formats; one file a format. Renderers spell, they do not compose."""
