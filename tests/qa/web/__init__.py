"""Tests of the web forms."""
