"""A shop that this project did not write: django-oscar, installed, filled, served on loopback and walked."""
