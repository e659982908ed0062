"""django-oscar's shipping with two methods, so that the shopper has a choice to make."""
