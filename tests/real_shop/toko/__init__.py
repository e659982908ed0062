"""The Django project around stock django-oscar: settings, data, and the two apps its manual says to fork."""
