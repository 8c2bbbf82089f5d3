"""The rules of the house (the README calls them layers) as functions from a tree to a report.

They read source and never import it. tests/test_layers.py runs them on this tree, and on small
trees with a planted violation, because a rule that cannot fail protects nothing.
"""
