"""The desk's routes, one module a noun; each has a `router` that `crawler.review.app` includes."""
