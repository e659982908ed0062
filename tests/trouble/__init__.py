"""Pages that give a crawler trouble, as small sites of our own, with what has to come out."""
