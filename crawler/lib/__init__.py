"""Pure helpers: hosts, text, images, redaction."""
