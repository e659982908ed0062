"""A site with a registrable domain for each way a page can reach a host, and a log of what arrived."""
