"""A graph as a picture: where everything stands, free of any picture format."""
