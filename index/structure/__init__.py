"""Document as a reader takes it -> its units, its sentences, its passages."""
