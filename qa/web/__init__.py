"""The web forms of an answer: chat page, HTTP API and widget."""
