"""What pages are made of: the HTML fragment, the templates that fill it, the frame around them."""
