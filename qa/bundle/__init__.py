"""`speechqa bundle`: a folder of wheels with its installer, for a machine without a network."""
