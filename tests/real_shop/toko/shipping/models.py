"""A forked app needs this line to keep django-oscar's own tables."""

from oscar.apps.shipping.models import *  # noqa: F403 - as django-oscar's manual says a fork is made
