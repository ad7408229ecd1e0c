"""File of an office -> text: one module a format, each imported only when a file of it is read."""
