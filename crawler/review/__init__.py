"""The review desk: pages on which people start crawls, watch them, and decide on evidence.

A route is thin: it asks `store`, `history` and `fleet`, makes a view model of the answer, and shows it.
Nothing that came from a bundle runs or renders in the desk's origin (`evidence`), and no path leaves the
folder of the bundles (`paths`).
"""
