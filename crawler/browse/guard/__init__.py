"""The guard: a journey looks at a shop, never orders. It stops presses in pages, requests at the browser."""
