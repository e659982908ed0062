"""django-oscar's checkout with a payment page that has something on it."""
