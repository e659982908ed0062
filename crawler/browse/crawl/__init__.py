"""How a journey is done: visits, the capture of their pages, when a page counts as settled."""
