"""What can be read out of a sealed bundle, cached by input hash."""
