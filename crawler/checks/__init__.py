"""The engine and the rules that judge a bundle."""
