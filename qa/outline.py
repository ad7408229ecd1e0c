

def answer_structure(query, indexed):
    return None
