"""What goes over the network while a journey is walked."""
