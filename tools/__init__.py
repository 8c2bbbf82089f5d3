"""Programs for those who work on the tree. The product never imports them."""
