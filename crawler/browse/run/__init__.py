"""One run as a process: started, watched, and sealed however it ends."""
