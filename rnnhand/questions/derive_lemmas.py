def sections(w):
    return []
