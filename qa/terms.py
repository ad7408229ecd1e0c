

def explain_term(query, indexed):
    return None
