def label_facets(document, sections, sentences):
    return sentences
